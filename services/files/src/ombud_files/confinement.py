"""Takes from this process, for good, what the reading of a file does not need: files, sockets, processes, privileges.

Linux alone, and nothing but the C library: resource limits, no new privileges, no capabilities, namespaces of its own where
the system allows them, a view of the files that ends at the program's own libraries (Landlock), and a filter of system calls
(seccomp). What a system does not offer is named, and the rest holds.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 4, 38, 22, 2
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITY_VERSION_3 = 0x20080522
_AUDIT_ARCH_X86_64 = 0xC000003E
_X32_BIT = 0x40000000
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_SET, _JUMP_IF_LARGER, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_CREATING_OR_WRITING = (
    os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | (os.O_TMPFILE & ~os.O_DIRECTORY)
)

_X86_64 = {
    "socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg": (
        *(41, 53, 42, 49, 50, 43, 288, 44, 46, 307),
    ),
    "fork vfork execve execveat": (57, 58, 59, 322),
    "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd": (
        *(62, 200, 234, 129, 297, 434, 424, 438),
    ),
    "ptrace process_vm_readv process_vm_writev kcmp process_madvise": (101, 310, 311, 312, 440),
    "creat unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat mkdir mkdirat rmdir": (
        *(85, 87, 263, 82, 264, 316, 86, 265, 88, 266, 83, 258, 84),
    ),
    "mknod mknodat chmod fchmod fchmodat chown fchown lchown fchownat truncate": (
        *(133, 259, 90, 91, 268, 92, 93, 94, 260, 76),
    ),
    "utime utimes utimensat futimesat setxattr lsetxattr fsetxattr": (132, 235, 280, 261, 188, 189, 190),
    "mount umount2 pivot_root chroot unshare setns open_tree move_mount fsopen fsconfig fsmount fspick": (
        *(165, 166, 155, 161, 272, 308, 428, 429, 430, 431, 432, 433),
    ),
    "bpf perf_event_open userfaultfd keyctl add_key request_key init_module finit_module kexec_load": (
        *(321, 298, 323, 250, 248, 249, 175, 313, 246),
    ),
    "io_uring_setup io_uring_enter io_uring_register memfd_create name_to_handle_at open_by_handle_at": (
        *(425, 426, 427, 319, 303, 304),
    ),
}
_OPEN, _OPENAT, _OPENAT2, _CLONE, _CLONE3 = 2, 257, 437, 56, 435
_PRLIMIT = 302

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_RIGHTS_OVER_FILES = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights over files a version of Landlock knows; later ones know as many as the fifth."""
_BIND_OR_CONNECT, _OTHERS_SOCKETS_AND_SIGNALS = 0b11, 0b11


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


_C = ctypes.CDLL(None, use_errno=True)


def conceal_memory() -> bool:
    """Keep the memory and the environment of this process from other processes of the same user; return whether it worked.

    Whoever has the right to trace any process of the system is not kept out.
    """
    return bool(_C.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


def landlock_version() -> int:
    """Return the version of Landlock that the kernel offers; 0 without any."""
    return max(0, int(_C.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)))


def limit(memory_bytes: int, cpu_seconds: int, longest_bytes: int, *, processes: int) -> None:
    """Bind what this process may take. It can never have more."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, longest_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(what, (most, most))


def confine(*, threads: bool) -> tuple[str, ...]:
    """Take everything from this process that can be taken; return the names of what this system does not offer.

    `threads` says whether it may still begin threads, as some libraries do; processes it may not.
    """
    conceal_memory()
    missing = []
    if _C.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) != 0:
        missing.append("namespaces")
    if _C.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        missing.append("no_new_privileges")
    if not _blind_to_files():
        missing.append("view_of_files")
    if not _without_capabilities():
        missing.append("capabilities")
    if not _filtered(threads):
        missing.append("filter_of_calls")
    return tuple(missing)


def _blind_to_files() -> bool:
    """Leave nothing to open but, for reading, the libraries of this program; what is open already stays."""
    version = landlock_version()
    if not version:
        return False
    rights = (1 << _RIGHTS_OVER_FILES.get(version, _RIGHTS_OVER_FILES[5])) - 1
    wanted = struct.pack("=QQQ", rights, _BIND_OR_CONNECT, _OTHERS_SOCKETS_AND_SIGNALS)
    known = 8 if version < 4 else 16 if version < 6 else 24
    rules = _C.syscall(_CREATE_RULESET, wanted, known, 0)
    if rules < 0:
        return False
    for folder in filter(os.path.isdir, sys.path):
        _allow_reading(rules, folder)
    taken = _C.syscall(_RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return bool(taken)


def _allow_reading(rules: int, folder: str) -> None:
    place = os.open(folder, os.O_PATH)
    _C.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", _READ_FILE | _READ_FOLDER, place), 0)
    os.close(place)


def _without_capabilities() -> bool:
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    return bool(_C.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(bytes(24))) == 0)


def _filtered(threads: bool) -> bool:
    if platform.machine() != "x86_64":
        return False
    written = _filter(threads)
    program = _Program(len(written) // 8, written)
    return bool(_C.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(threads: bool) -> bytes:
    """Return the filter as a program for the kernel (classic BPF): each test either answers, or goes on to the next one."""
    refuse, absent = _REFUSE | errno.EPERM, _REFUSE | errno.ENOSYS
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_IF_EQUAL, _AUDIT_ARCH_X86_64, 1, 0),
        _step(_RETURN, refuse),
        _step(_LOAD, _NUMBER_AT),
        *_answer(_JUMP_IF_LARGER, _X32_BIT, refuse),
        *(
            step
            for numbers in _X86_64.values()
            for number in numbers
            for step in _answer(_JUMP_IF_EQUAL, number, refuse)
        ),
        *_answer(_JUMP_IF_EQUAL, _OPENAT2, absent),
        *_answer(_JUMP_IF_EQUAL, _CLONE3, absent),  # the C library goes on with `clone`, whose flags can be read
        *_answer(_JUMP_IF_EQUAL, _PRLIMIT, refuse),
        *_unless_flags(_OPEN, 1, _CREATING_OR_WRITING, set_is_refused=True),
        *_unless_flags(_OPENAT, 2, _CREATING_OR_WRITING, set_is_refused=True),
        *(
            _unless_flags(_CLONE, 0, _CLONE_THREAD, set_is_refused=False)
            if threads
            else _answer(_JUMP_IF_EQUAL, _CLONE, refuse)
        ),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _answer(test: int, operand: int, answer: int) -> Iterable[bytes]:
    return (_step(test, operand, 0, 1), _step(_RETURN, answer))


def _unless_flags(call: int, argument: int, flags: int, *, set_is_refused: bool) -> Iterable[bytes]:
    """Refuse a call by the flags in one of its arguments."""
    refused, allowed = _step(_RETURN, _REFUSE | errno.EPERM), _step(_RETURN, _ALLOW)
    return (
        _step(_JUMP_IF_EQUAL, call, 0, 4),
        _step(_LOAD, _ARGUMENTS_AT + 8 * argument),
        _step(_JUMP_IF_SET, flags, 0, 1),
        refused if set_is_refused else allowed,
        allowed if set_is_refused else refused,
    )
