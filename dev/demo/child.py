"""Runs one command of the demo in its own process, which ends when the demo's process ends for any reason.

Run as `python -m dev.demo.child COMMAND…` with standard input a pipe that the demo holds open.
"""

import os
import signal
import sys
import threading
import time

from runtime.cli import main

EXIT_SECONDS = 10


def end_with_parent() -> None:
    """End this process when standard input closes, which also happens if the parent was killed."""
    threading.Thread(target=_terminate_at_end_of_input, name="parent-watch", daemon=True).start()


def _terminate_at_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(EXIT_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    end_with_parent()
    main()
