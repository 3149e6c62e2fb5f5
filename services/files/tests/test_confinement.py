"""A file that takes the reading process over finds nothing there: no key, no socket, no file to write, no process to start."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import made_files as made
import pytest

from ombud_files.checking import FileChecks, Limits
from ombud_files.confinement import landlock_version
from ombud_files.report import FileRefused, Why

LIMITS = Limits(seconds=30)
HOSTILE = """
import ctypes, os, resource, signal, socket, subprocess, threading
from ombud_files import worker
from ombud_files.report import Report

def tried(what):
    try:
        return "done: " + repr(what())
    except BaseException as error:
        return type(error).__name__

def threads():
    begun = [threading.Thread(target=lambda: None, daemon=True) for _ in range(2000)]
    for one in begun:
        one.start()

def hostile(content, words):
    return Report(tried(lambda: {attempt}), "x"), b""

worker.main(hostile)
"""


async def told_by(attempt: str, limits: Limits = LIMITS) -> str:
    """Run an attempt where a file's bytes would be read; return what came of it."""
    checks = FileChecks(limits, ("-c", HOSTILE.replace("{attempt}", attempt)))
    with TemporaryFile() as file:
        file.write(b"a file")
        taken = await checks.check(file)
    taken.kept.close()
    return taken.report.media_type


def left_behind() -> bool:
    return Path("/tmp/hostile").exists()


PARENT = "'/proc/%d/' % os.getppid()"
ATTEMPTS = {
    "the environment of the service": f"open({PARENT} + 'environ', 'rb').read()",
    "the memory of the service": f"open({PARENT} + 'mem', 'rb').read(1)",
    "the map of the service's memory": f"open({PARENT} + 'maps', 'rb').read(1)",
    "the open files of the service": f"os.readlink({PARENT} + 'fd/0')",
    "the service by its working folder": f"os.listdir({PARENT} + 'cwd')",
    "a socket": "socket.socket()",
    "a socket of the machine": "socket.socket(socket.AF_UNIX)",
    "a connection": "socket.create_connection(('127.0.0.1', 9))",
    "a file to write": "open('/tmp/hostile', 'wb')",
    "a file to add to": "open('/tmp/hostile', 'ab')",
    "a file to create": "os.open('/tmp/hostile', os.O_RDONLY | os.O_CREAT)",
    "a nameless file": "os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    "a folder": "os.mkdir('/tmp/hostile')",
    "a removal": "os.unlink(worker.__file__)",
    "another mode": "os.chmod(worker.__file__, 0o777)",
    "a process": "os.fork()",
    "a program": "subprocess.run(['true'])",
    "a program in its own place": "os.execv('/bin/true', ['true'])",
    "a signal to the service": "os.kill(os.getppid(), signal.SIGTERM)",
    "threads without end": "threads()",
    "more memory": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "memory without a file": "os.memfd_create('hostile')",
    "being root again": "os.setuid(0) or os.chroot('/')",
}


@pytest.mark.parametrize("what", ATTEMPTS)
async def test_hostile_code_in_the_reading_process_gets_nothing(what: str) -> None:
    """INVARIANT: would break if a wall were left out: whoever takes a decoder over would read the sealing keys."""
    told = await told_by(ATTEMPTS[what])
    assert not told.startswith("done"), told
    assert told in ("PermissionError", "OSError", "FileNotFoundError", "RuntimeError", "ValueError")
    assert not left_behind()


ANYBODYS = {
    "a file that everybody may read": "open('/etc/passwd').read()",
    "a folder that everybody may read": "os.listdir('/etc')",
    "what others left in the shared folder": "os.listdir('/tmp')",
    "the processes of the machine": "os.listdir('/proc')",
    "its own environment as the kernel keeps it": "open('/proc/self/environ', 'rb').read()",
    "what else is mounted": "open('/proc/self/mountinfo').read()",
    "the devices": "open('/dev/urandom', 'rb').read(1)",
    "a program of the machine": "open('/bin/sh', 'rb').read(1)",
    "the state of the network": "open('/proc/net/tcp').read()",
}


@pytest.mark.skipif(not landlock_version(), reason="the kernel has no Landlock")
@pytest.mark.parametrize("what", ANYBODYS)
async def test_hostile_code_in_the_reading_process_does_not_look_around(what: str) -> None:
    """INVARIANT: would break if its view of files did not end at its own libraries."""
    assert await told_by(ANYBODYS[what]) == "PermissionError"


async def test_the_reading_process_still_loads_its_own_libraries() -> None:
    assert await told_by("len(__import__('wave').__name__)") == "done: 4"


async def test_the_environment_of_the_reading_process_is_empty() -> None:
    told = await told_by("sorted(set(os.environ) - {'LC_CTYPE'})")
    assert told == "done: []"


async def test_a_call_of_the_other_numbering_is_refused_as_well() -> None:
    assert await told_by("ctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0)") == "done: -1"


async def test_hostile_code_that_never_ends_is_ended() -> None:
    with pytest.raises(FileRefused) as refused:
        await told_by("[0 for _ in iter(int, 1)]", replace(LIMITS, seconds=1))
    assert refused.value.why == Why.TOO_COSTLY


async def test_hostile_code_does_not_fill_the_disk() -> None:
    """The one file that it may write has an end."""
    told = await told_by(
        "[os.write(int(worker.sys.argv[4]), bytes(50)) for _ in range(2)]", replace(LIMITS, longest_bytes=20)
    )
    assert told == "done: [50, 30]", "four times the length that a file may have"


def test_another_process_of_the_same_user_does_not_read_the_keys_of_a_service() -> None:
    """INVARIANT: would break if a service that opens files left its memory open."""
    service = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from ombud_files.checking import *; FileChecks(Limits()); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OMBUD_SEALING_KEYS": "a key"},
    )
    assert service.stdout is not None
    service.stdout.readline()
    look = f"print(open('/proc/{service.pid}/environ','rb').read())"
    plain = "import ctypes; ctypes.CDLL(None).capset(ctypes.create_string_buffer((0x20080522).to_bytes(4,'little')+bytes(4)), bytes(24));"
    seen = subprocess.run([sys.executable, "-c", plain + look], capture_output=True, timeout=30, check=False)
    service.kill()
    service.wait()
    assert b"a key" not in seen.stdout
    assert b"PermissionError" in seen.stderr


async def test_honest_files_are_read_behind_the_walls() -> None:
    for content in (made.photograph(), made.noted_png(), made.moving("WEBP"), made.document(), made.mp4(), made.webm()):
        with TemporaryFile() as file:
            file.write(content)
            (await FileChecks(LIMITS).check(file)).kept.close()
