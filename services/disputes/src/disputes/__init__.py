"""Disputes mediates complaints with evidence and policy. It moves no money: billing does."""
