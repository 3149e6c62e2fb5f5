"""A Kubernetes control plane as processes of this machine, built from their Go modules."""
