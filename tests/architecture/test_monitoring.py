"""The page about monitoring names every metric, and none that does not exist."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from clinic.upkeep.backlog import LettersBacklog, SealsBacklog
from runtime.database.pool import PoolUse
from runtime.heartbeat import Heartbeat
from runtime.monitoring.counters import Counters
from runtime.monitoring.samples import families_of, written
from runtime.monitoring.worker_listener import rounds_of
from runtime.readiness import Readiness

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
PARTS = dict.fromkeys(("database", "schema", "files", "signing", "mail"), "ok")


def exposed() -> str:
    """What a face answers that has seen one request, and a worker that turns."""
    counters = Counters()
    counters.time_request("viewer", 200, 0.1)
    counters.set_connections(PoolUse(1, 1, 10))
    now = datetime(2026, 3, 2, tzinfo=UTC)
    sampled = families_of(
        Readiness(True, PARTS), LettersBacklog(0, 0, None, None, 0, None, None), SealsBacklog(0, 0, None), now
    )
    heartbeat = Heartbeat()
    heartbeat.expect("letters", timedelta(seconds=1))
    return counters.exposition().decode() + written([*sampled, rounds_of(heartbeat)]).decode()


def metrics() -> dict[str, set[str]]:
    """Every metric, as the page names it, with its labels."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposed()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = labels
    return found


def test_the_page_names_every_metric_with_its_labels() -> None:
    rows = re.findall(r"^\| `(vestibule_\w+)(?:\{([\w,]+)\})?` \|", PAGE, re.MULTILINE)

    assert {name: set(labels.split(",")) - {""} for name, labels in rows} == metrics()
