"""The metrics that are read from the database and its neighbours when somebody asks, whether a worker runs or not."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clinic.database.faults import is_unavailable
from clinic.upkeep.backlog import (
    LettersBacklog,
    SealsBacklog,
    WebhooksBacklog,
    letters_backlog,
    seals_backlog,
    webhooks_backlog,
)
from clinic.values.ports import Services
from runtime.readiness import Readiness, readiness

# Seconds. Several Prometheus servers, or somebody who reloads the page, cost no more than one.
CACHE_SECONDS = 5.0


class Sampler:
    """Keeps an answer for `CACHE_SECONDS`. Without a database it says so, and shows no old numbers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._answer = b""
        self._answered_at = float("-inf")

    async def exposition(self) -> bytes:
        """Prometheus' text format."""
        if time.monotonic() - self._answered_at >= CACHE_SECONDS:
            self._answer = written(await self._families())
            self._answered_at = time.monotonic()
        return self._answer

    async def _families(self) -> list[Metric]:
        found = await readiness(self._services)
        if not found.ready:
            return _of_readiness(found)
        try:
            letters, seals, webhooks = await letters_backlog(), await seals_backlog(), await webhooks_backlog()
        except Exception as error:
            if not is_unavailable(error):
                raise
            return _of_readiness(Readiness(False, {"database": "unreachable"}))
        return families_of(found, letters, seals, webhooks, self._services.clock.now())


def families_of(
    found: Readiness, letters: LettersBacklog, seals: SealsBacklog, webhooks: WebhooksBacklog, now: datetime
) -> list[Metric]:
    """The metrics of a face that can serve."""
    return [*_of_readiness(found), *_of_letters(letters, now), *_of_seals(seals, now), *_of_webhooks(webhooks, now)]


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def written(families: list[Metric]) -> bytes:
    """The families in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Given(families))
    return generate_latest(registry)


@dataclass(eq=False)
class _Given(Collector):
    families: list[Metric]

    def collect(self) -> Iterator[Metric]:
        yield from self.families


def _of_readiness(found: Readiness) -> list[Metric]:
    parts = GaugeMetricFamily("vestibule_part_ok", "1 if the part works, 0 if it does not", labels=["part"])
    failing = set(found.degraded)
    if not found.ready:
        # Database and schema are looked at one after the other, so the last one is what fails.
        failing.add(next(reversed(found.parts)))
    for part in found.parts:
        parts.add_metric([part], float(part not in failing))
    return [gauge("vestibule_ready", "1 if this face can serve", float(found.ready)), parts]


def _of_letters(letters: LettersBacklog, now: datetime) -> list[Metric]:
    return [
        gauge("vestibule_letters_waiting", "Letters that wait to be sent", letters.waiting),
        gauge("vestibule_letters_retrying", "Waiting letters whose last attempt failed", letters.retrying),
        gauge(
            "vestibule_letters_oldest_due_seconds",
            "How long the oldest due letter has been due, 0 if none is",
            _age(letters.first_due, now),
        ),
        gauge(
            "vestibule_letters_oldest_waiting_seconds",
            "How long ago the oldest waiting letter was written, 0 if none waits",
            _age(letters.first_created, now),
        ),
        gauge("vestibule_letters_given_up", "Letters that were given up and lie in the outbox", letters.given_up),
        gauge(
            "vestibule_letters_oldest_given_up_seconds",
            "How long ago the first of them was given up, 0 if there is none",
            _age(letters.first_given_up, now),
        ),
        gauge(
            "vestibule_letters_last_sent_timestamp_seconds",
            "When a letter was sent last, 0 if none ever was",
            letters.last_sent.timestamp() if letters.last_sent else 0.0,
        ),
    ]


def _of_seals(seals: SealsBacklog, now: datetime) -> list[Metric]:
    return [
        gauge("vestibule_seals_waiting", "Signed documents that wait for their seal", seals.waiting),
        gauge("vestibule_seals_failing", "Of these, how many failed at least once", seals.failing),
        gauge(
            "vestibule_seals_oldest_waiting_seconds",
            "How long the oldest of them has been waiting, 0 if none waits",
            _age(seals.first_created, now),
        ),
    ]


def _of_webhooks(webhooks: WebhooksBacklog, now: datetime) -> list[Metric]:
    return [
        gauge("vestibule_webhooks_waiting", "Webhook deliveries that wait", webhooks.waiting),
        gauge("vestibule_webhooks_retrying", "Of these, how many failed at least once", webhooks.retrying),
        gauge(
            "vestibule_webhooks_oldest_due_seconds",
            "How long the oldest due delivery has been due, 0 if none is",
            _age(webhooks.first_due, now),
        ),
        gauge(
            "vestibule_webhooks_oldest_waiting_seconds",
            "How long ago the oldest waiting delivery was made, 0 if none waits",
            _age(webhooks.first_created, now),
        ),
    ]


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
