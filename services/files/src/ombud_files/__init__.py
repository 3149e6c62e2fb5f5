"""What a file really is, told by opening it in a process of its own: never by its name or by what its sender says.

`checking` is the service's side; `worker` is that process, and imports nothing that a file's bytes should not get near.
"""
