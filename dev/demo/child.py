"""One part of the demo in a process of its own, which ends when the demo does, however that ended.

Run as `python -m dev.demo.child COMMAND…` with standard input a pipe that the demo holds open.
"""

import os
import signal
import sys
import threading
import time

from runtime.cli import main

LAST_GRACE_SECONDS = 10


def end_with_parent() -> None:
    """End this process once standard input closes: that happens even if the demo was killed without warning."""
    threading.Thread(target=_wait_for_the_end, name="parent-watch", daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    end_with_parent()
    main()
