"""Ports for servers that do not listen yet, given out by processes that know nothing of each other."""

import socket
import subprocess
import sys

from ombud_local.ports import free_port

_THIRTY = "from ombud_local.ports import free_port; print(*(free_port() for _ in range(30))); input()"


def test_two_processes_never_give_out_the_same_port() -> None:
    """INVARIANT: would break if a server that is starting could lose its port to one of another test run."""
    asking = [
        subprocess.Popen([sys.executable, "-c", _THIRTY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    try:
        given = [[int(port) for port in process.stdout.readline().split()] for process in asking if process.stdout]
    finally:
        for process in asking:
            process.communicate("\n")
    ports = [port for of_one in given for port in of_one]
    assert len(ports) == 4 * 30
    assert len(set(ports)) == len(ports)


def test_a_port_somebody_listens_on_is_passed_over() -> None:
    following = free_port() + 1
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", following))
        assert free_port() != following
