"""A Kubernetes control plane and KEDA as processes of this machine, built from their Go modules."""
