"""Processes of one server count together, and one that was killed is not forgotten."""

import os
import subprocess
import sys
from pathlib import Path

from tests.factories.metrics import metric

COUNT = """
import os, signal
from clinic.values.metrics import SealResult
from runtime.database.pool import PoolUse
from runtime.monitoring.counters import Counters
counters = Counters()
counters.count_seal(SealResult.SEALED)
counters.time_request("viewer", 200, 0.03)
counters.set_connections(PoolUse(2, 1, 10))
print(counters.exposition().decode(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def count(folder: Path) -> str:
    """What a process says that counts one of each, and is killed then."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True, check=False
    ).stdout


def test_processes_add_up_and_what_a_killed_one_counted_stays(tmp_path: Path) -> None:
    first, second = count(tmp_path), count(tmp_path)

    for text, expected in ((first, 1), (second, 2)):
        assert metric(text, "vestibule_seals_total", result="sealed") == expected
        assert metric(text, "vestibule_request_seconds_count", operation="viewer", result="ok") == expected
        # The connections of the killed process are closed.
        assert metric(text, "vestibule_database_connections", state="in_use") == 2
        assert metric(text, "vestibule_database_connections_limit") == 10
