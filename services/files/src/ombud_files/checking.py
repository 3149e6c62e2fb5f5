"""Has files opened by processes that can harm nothing: one process a file, few at a time, each bound in time and memory."""

import asyncio
import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from prometheus_client import Counter

from ombud_files.confinement import conceal_memory
from ombud_files.report import FileRefused, Report, Why, from_json

log = logging.getLogger(__name__)

FILES = Counter("ombud_files_checked_total", "Files that were opened to see what they are", ["outcome"])
_LINE_BYTES = 1_000_000
"""More than the longest report."""
_SWELLS = 4
"""How much longer than its limit a picture may be written anew: a line drawing grows when it is turned."""
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is taken: what it is, and what is kept of it."""

    report: Report
    kept: BinaryIO
    """At its beginning; whoever asked closes it."""
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one file may take."""

    seconds: int = 20
    memory_bytes: int = 1_500_000_000
    """Of address space, the libraries included."""
    longest_bytes: int = 10_485_760
    at_once: int = 2
    words: str = ""
    """The engine that reads printed words in pictures, if any."""


class FileChecks:
    """Opens files to see what they are."""

    def __init__(self, limits: Limits, program: Sequence[str] = ("-m", "ombud_files.worker")) -> None:
        """From here on, no other process of this user reads the memory and the environment of this one."""
        self._limits = limits
        self._program = tuple(program)
        self._said = False
        if not conceal_memory():
            log.warning("the memory of this process is open to other processes of its user")
        self._turns = asyncio.Semaphore(limits.at_once)

    async def check(self, content: BinaryIO) -> Checked:
        """Return what a file is. Raises FileRefused; then nothing is left of it."""
        async with self._turns:
            with _counted():
                kept = TemporaryFile()  # noqa: SIM115 - it is handed on, and has no name that could stay behind
                try:
                    report = await self._report(content, kept)
                    return Checked(report, kept, *_measured(kept))
                except BaseException:
                    kept.close()
                    raise

    async def _report(self, content: BinaryIO, kept: BinaryIO) -> Report:
        content.seek(0)
        process = await asyncio.create_subprocess_exec(
            *self._command(kept.fileno()),
            stdin=content,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a decoder's complaint may quote the file
            pass_fds=(kept.fileno(),),
            env={},  # the settings, and so the keys, stay here
            limit=_LINE_BYTES,
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(self._limits.seconds):
                self._note(await process.stdout.readline())
                return from_json(await process.stdout.readline())
        except (TimeoutError, ValueError):  # too slow, or more than a line may have
            raise FileRefused(Why.TOO_COSTLY) from None
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def _command(self, kept: int) -> list[str]:
        limits = (self._limits.memory_bytes, self._limits.seconds, self._limits.longest_bytes * _SWELLS)
        return [sys.executable, "-I", *self._program, *map(str, limits), str(kept), self._limits.words]

    def _note(self, line: bytes) -> None:
        """Say once what a worker could not be kept from; files are opened all the same."""
        missing = json.loads(line or b"[]")
        if missing and not self._said:
            self._said = True
            log.warning(
                "files are opened with fewer walls than there could be", extra={"reason": ", ".join(map(str, missing))}
            )


def _measured(kept: BinaryIO) -> tuple[int, str]:
    digest = hashlib.sha256()
    length = os.fstat(kept.fileno()).st_size
    kept.seek(0)
    while part := kept.read(_READ_BYTES):
        digest.update(part)
    kept.seek(0)
    return length, digest.hexdigest()


@contextmanager
def _counted() -> Iterator[None]:
    try:
        yield
    except FileRefused as refused:
        FILES.labels(refused.why).inc()
        raise
    FILES.labels("taken").inc()
