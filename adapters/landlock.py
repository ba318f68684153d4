"""Landlock: a Linux process takes its own access to files and TCP away (kernel 5.13 and newer, without root).

The numbers are those of `linux/landlock.h`. There is no well-kept library for Python.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
# How many kinds of access to files each version knows; they are the lowest bits.
_KINDS_OF_ACCESS = {1: 13, 2: 14, 3: 15, 4: 15}
_MOST_KINDS = 16
_BIND_AND_CONNECT_TCP = 0b11
# Signals and abstract sockets of processes outside.
_SCOPES = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def restrict(readable: Iterable[Path], *, network: bool) -> bool:
    """From now on only these files and folders can be read, and none written. False if the kernel can't do it.

    No privileges must be gained by this process any more (PR_SET_NO_NEW_PRIVS).
    """
    if sys.platform != "linux":
        return False
    call = ctypes.CDLL(None).syscall
    version = call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    attributes = _Ruleset((1 << _KINDS_OF_ACCESS.get(version, _MOST_KINDS)) - 1, 0, 0)
    size = 8
    if version >= 4:
        attributes.network, size = 0 if network else _BIND_AND_CONNECT_TCP, 16
    if version >= 6:
        attributes.scoped, size = _SCOPES, 24
    ruleset = call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow_reading(call, ruleset, path)
        return bool(call(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_reading(call: "ctypes._NamedFuncPointer", ruleset: int, path: Path) -> None:
    """A path that can't be opened stays closed."""
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = _READ_FILE | _READ_DIR if stat.S_ISDIR(os.fstat(beneath).st_mode) else _READ_FILE
        call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_PathBeneath(allowed, beneath)), 0)
    finally:
        os.close(beneath)
