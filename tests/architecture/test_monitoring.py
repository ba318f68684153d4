"""The page about monitoring, the alert rules and the dashboard name the metrics that exist, and no others."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from clinic.upkeep.backlog import LettersBacklog, SealsBacklog, WebhooksBacklog
from runtime.database.pool import PoolUse
from runtime.heartbeat import Heartbeat
from runtime.monitoring.counters import Counters
from runtime.monitoring.samples import families_of, written
from runtime.monitoring.worker_listener import rounds_of
from runtime.readiness import Readiness

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
RULES = ROOT / "deploy" / "prometheus" / "vestibule-alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "vestibule.json"
PARTS = dict.fromkeys(("database", "schema", "files", "signing", "mail"), "ok")


def exposed() -> str:
    """What a face answers that has seen one request, and a worker that turns."""
    counters = Counters()
    counters.time_request("viewer", 200, 0.1)
    counters.set_connections(PoolUse(1, 1, 10))
    now = datetime(2026, 3, 2, tzinfo=UTC)
    sampled = families_of(
        Readiness(True, PARTS),
        LettersBacklog(0, 0, None, None, 0, None, None),
        SealsBacklog(0, 0, None),
        WebhooksBacklog(0, 0, None, None),
        now,
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


def expressions() -> dict[str, str]:
    """Every query of the alert rules and of the dashboard, by its name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    found = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        found |= {f"{panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return found


def series() -> dict[str, dict[str, set[str]]]:
    """Every series by its own name, with the values that its labels may have."""
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(exposed()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def test_rules_and_dashboard_name_only_what_exists() -> None:
    known = series()
    known["vestibule_request_seconds_count"]["result"] |= {"refused", "failed"}
    known["vestibule_worker_round_age_seconds"]["loop"] |= {"seals"}
    for name, expression in expressions().items():
        asked = re.findall(r"(vestibule_\w+)(?:\{([^}]*)\})?", expression)
        assert asked or expression.startswith("up{"), name
        for metric, selectors in asked:
            assert metric in known, f"{name}: {metric}"
            for label, values in re.findall(r'(\w+)=~?"([^"]*)"', selectors):
                assert set(values.split("|")) <= known[metric][label], f"{name}: {metric} {label}"
        for grouping in re.findall(r"by \(([^)]*)\)", expression):
            labels = {label for metric, _ in asked for label in known[metric]} | {"instance"}
            assert set(grouping.split(", ")) <= labels, f"{name}: by {grouping}"


def test_every_alert_names_its_remedy() -> None:
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            assert set(rule["annotations"]) == {"summary", "remedy"}, rule["alert"]
            assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]


def test_what_waits_and_what_was_given_up_is_watched() -> None:
    rules = " ".join(expression for name, expression in expressions().items() if name.startswith("Vestibule"))
    for metric in (
        "letters_oldest_due_seconds",
        "webhooks_oldest_due_seconds",
        "seals_oldest_waiting_seconds",
        "vestibule_ready",
        "vestibule_part_ok",
    ):
        assert metric in rules


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed")
def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    done = subprocess.run(["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
