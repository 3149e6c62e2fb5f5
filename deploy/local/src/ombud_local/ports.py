"""Loopback ports that nobody else is about to use: each process gives them out from a share of its own.

A server binds its port seconds after the port was chosen. Two test runs side by side that chose from one range gave the same port
to two servers now and then: the one ended as often as it was started, and the other answered in its name.
"""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from itertools import cycle
from pathlib import Path

from ombud_local.children import StartFailed

_SHARE = 300
"""Ports in a share: a process starts fewer servers than this before the first of them listens."""


def free_port() -> int:
    """Return a loopback port nobody listens on, below the kernel's range for outgoing connections. Raises StartFailed.

    Inside that range a client that reconnects to a server being restarted could be given the server's own port, and a
    connection of the socket to itself keeps the server from coming back.
    """
    ports = _ports_of_this_process(os.getpid())
    for _ in range(_SHARE):
        port = next(ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StartFailed(f"none of {_SHARE} loopback ports of this process is free")


@cache
def _ports_of_this_process(_pid: int) -> "cycle[int]":
    """Take a share that no living process has: its lock is held until this process ends."""
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    first, end = (10_000, lowest_outgoing) if lowest_outgoing > 12_000 else (40_000, 65_000)
    shares = [range(at, at + _SHARE) for at in range(first, end - _SHARE + 1, _SHARE)]
    random.shuffle(shares)
    folder = Path(tempfile.gettempdir(), f"ombud-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    for share in shares:
        held = os.open(folder / str(share.start), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            continue
        return cycle(share)
    raise StartFailed(f"all {len(shares)} shares of loopback ports are taken by other processes")
