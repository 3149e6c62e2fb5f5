"""Becomes another program that the kernel kills when its starter dies.

Run by path (`python -I -S tether.py STARTER_PID COMMAND…`): it asks for the death signal, then replaces itself, so the
process id stays and no Python remains. A trampoline instead of `preexec_fn`, which may deadlock where threads run.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def main(arguments: list[str]) -> None:
    starter, command = int(arguments[0]), arguments[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != starter:  # the starter died before the request was in force
        sys.exit(1)
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # a starter in a shell's background ignores Ctrl-C; its command must not
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
