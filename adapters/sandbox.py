"""The box in which strangers' files are parsed: no files but libraries and fonts, no network, no other processes.

A process enters it for good. Each wall is raised where the system has it, without root: Landlock and seccomp on Linux.
What could not be raised is answered, logged at start, and reported by `vestibule check` (decision 0027).
"""

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import adapters
import clinic
from adapters import landlock, seccomp

PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER_AND_NET = 0x10000000 | 0x40000000
OPEN_FILES = 64
_CAPABILITY_VERSION_3 = 0x20080522

# What a library may need to read: the loader's cache, fonts, time zones, the settings of TLS. None of it is secret.
_SYSTEM = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo"),
    *("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts", "/etc/fonts", "/var/cache/fontconfig"),
    *("/etc/localtime", "/etc/ssl/openssl.cnf", "/dev/null", "/dev/zero", "/dev/urandom"),
)
# What looking up and asking a server needs besides.
_NETWORK = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services"),
    *("/etc/ssl/certs", "/usr/share/ca-certificates", "/run/systemd/resolve"),
)

FILES = "other files can be read"
NETWORK = "the network can be reached"
PROCESSES = "processes can be started and looked into"


def enter(*, network: bool = False) -> tuple[str, ...]:
    """Raise every wall that this system has. Answers what remains possible: some of FILES, NETWORK and PROCESSES.

    With `network` servers can be asked, which a timestamp needs. Nothing can be undone afterwards.
    """
    forbid_reading_this_process()
    _drop_capabilities()
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    files = landlock.restrict(readable_paths(network=network), network=network)
    calls = seccomp.forbid_calls(network=network)
    apart = calls or network or _leave_network()
    if not calls:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    walls = ((FILES, files), (NETWORK, apart), (PROCESSES, calls))
    return tuple(left for left, stands in walls if not stands)


def forbid_reading_this_process() -> bool:
    """Keep other processes of the same user out of this one's environment and memory. Linux only.

    A process that parses strangers' files runs as the same user as the servers, whose environment has the secret keys.
    """
    return _prctl(PR_SET_DUMPABLE, 0)


def readable_paths(*, network: bool = False) -> Sequence[Path]:
    """The interpreter, its libraries, and our own code without the folder around it, which may hold `.env` and keys.

    Not every path exists on every system.
    """
    own = [Path(package.__path__[0]) for package in (adapters, clinic)]
    prefixes = [Path(sys.prefix) / "lib", Path(sys.base_prefix) / "lib", Path(sys.base_exec_prefix) / "lib"]
    installed = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    system = [Path(path) for path in (*_SYSTEM, *(_NETWORK if network else ()))]
    return [*own, *prefixes, *installed, *system]


def _drop_capabilities() -> None:
    """Of root, who could otherwise lift the limits of this process."""
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())


def _leave_network() -> bool:
    """Where no call can be forbidden: a network of its own, without any device."""
    return sys.platform == "linux" and bool(ctypes.CDLL(None).unshare(CLONE_NEWUSER_AND_NET) == 0)


def _prctl(option: int, value: int) -> bool:
    return sys.platform == "linux" and bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
