"""Seccomp: a Linux process forbids itself calls to the kernel, for good and without root.

The filter is a little program of the kernel's (`linux/bpf_common.h`, `linux/seccomp.h`). It names what is forbidden,
because the libraries that parse PDFs need too much to be named. There is no well-kept library for Python as a wheel.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# Where the filter finds the call's number, the kind of processor and the lower half of the first argument.
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x00010000
# Calls of the x32 kind on x86-64 have numbers from here on.
_X32 = 0x40000000

# Numbers by the kernel's names: on x86-64, and on arm64, which lacks some.
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}
_SOCKETS = {"socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201)}
_FORBIDDEN = {
    # Starting programs and processes. Threads are allowed, see below.
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    # Looking into other processes, and disturbing them.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "mq_open": (240, 180),
    "setpgid": (109, 154),
    "setsid": (112, 157),
    # Parts of the kernel that attackers like and parsers don't need.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
}
_CLONE, _CLONE3, _TGKILL, _PRLIMIT = (56, 220), 435, (234, 131), (302, 261)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_calls(*, network: bool) -> bool:
    """Forbid network, other processes and rare parts of the kernel. False where that can't be done.

    A forbidden call fails with EPERM. No privileges must be gained by this process any more (PR_SET_NO_NEW_PRIVS).
    """
    if sys.platform != "linux" or platform.machine() not in _MACHINES or struct.calcsize("P") != 8:
        return False
    which, machine = _MACHINES[platform.machine()]
    numbers = [pair[which] for pair in (_FORBIDDEN if network else {**_FORBIDDEN, **_SOCKETS}).values()]
    code = _filter(which, machine, [number for number in numbers if number is not None])
    program = _Program(len(code) // 8, code)
    return bool(ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(which: int, machine: int, forbidden: list[int]) -> bytes:
    """The program: each instruction is a code, how many to skip if true and if false, and a value."""
    deny, unknown = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    steps = [
        *((_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL)),
        *((_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, deny)),
    ]
    for number in forbidden:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, deny)]
    # glibc tries clone3 first and then takes clone, whose flags can be looked at.
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, unknown)]
    for number, test, value in (
        (_CLONE[which], _ANY_BIT, _CLONE_THREAD),
        (_TGKILL[which], _EQUAL, os.getpid()),
        # Its own limits.
        (_PRLIMIT[which], _EQUAL, 0),
    ):
        steps += [
            *((_EQUAL, 0, 4, number), (_LOAD, 0, 0, _FIRST_ARGUMENT), (test, 0, 1, value)),
            *((_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, deny)),
        ]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)
