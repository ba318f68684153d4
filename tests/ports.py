"""Ports for servers of tests and benchmarks: never two that are the same, and none that a client is given meanwhile."""

import os
import random
import socket
from itertools import count

HOST = "127.0.0.1"
# Below the ports that the system hands to clients (32768 and up on Linux): between the look and the server's start
# a connection of anybody could take one of those. Each worker of a test run has a range of its own.
_FIRST, _OF_EACH, _RANGES = 20_000, 1_500, 8
_range = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _RANGES
_tries = count(random.SystemRandom().randrange(_OF_EACH))


def free_port() -> int:
    """A port nobody listens on now; handed out once by this process."""
    for _ in range(_OF_EACH):
        port = _FIRST + _range * _OF_EACH + next(_tries) % _OF_EACH
        with socket.socket() as trial:
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError("there is no free port")
