"""What a seller is charged by a decision: proposed, posted, contested, reviewed, taken back. Others use `charging`."""
