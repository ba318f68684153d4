"""The metrics that a process counts itself. docs/monitoring.md explains each name; a test compares them.

With `--workers N` the processes of one server share a folder (`PROMETHEUS_MULTIPROC_DIR`, set by `vestibule api` and
`vestibule portal`), so that whichever is asked answers for all of them.
"""

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from clinic.values.metrics import LetterResult, SealResult, SignInKind, SignInResult, WebhookResult
from clinic.values.pdf_check import PdfProblem
from runtime.database.pool import PoolUse

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# Seconds. From a page that is read from memory to one that people call slow.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# For a request whose operation is none of ours, or several at once. Clients choose names freely, and nobody may make
# a new time series by choosing one.
OTHER = "other"

# Else each counter has a second series with the time of its first event.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Counters:
    """The port `Metrics` for Prometheus, with request times and the use of the database's connections besides."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._letters = self._counter("vestibule_letters", "Attempts to send a letter", "result")
        self._seals = self._counter("vestibule_seals", "Attempts to seal a document or add a timestamp", "result")
        self._webhooks = self._counter("vestibule_webhooks", "Attempts to deliver a webhook", "result")
        self._sign_ins = self._counter("vestibule_sign_ins", "Attempts to sign in with a password", "kind", "result")
        self._refused_pdfs = self._counter("vestibule_refused_pdfs", "Files that the PDF box refused", "problem")
        self._mended_states = self._counter("vestibule_mended_states", "Stored portal states that were wrong")
        self._too_busy = self._counter("vestibule_too_busy", "Requests refused because the process had too many")
        self._requests = Histogram(
            "vestibule_request_seconds",
            "Time until a request was answered",
            ["operation", "result"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._connections = self._gauge("vestibule_database_connections", "Connections to the database", "state")
        self._connections_limit = self._gauge("vestibule_database_connections_limit", "How many there may be")
        self._start_at_zero()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry, multiprocess_mode="livesum")

    def _start_at_zero(self) -> None:
        """Every series exists from the start, because an alert on a rate misses the first event of a new one."""
        for letter in LetterResult:
            self._letters.labels(letter.value)
        for seal in SealResult:
            self._seals.labels(seal.value)
        for webhook in WebhookResult:
            self._webhooks.labels(webhook.value)
        for kind in SignInKind:
            for sign_in in SignInResult:
                self._sign_ins.labels(kind.value, sign_in.value)
        for problem in PdfProblem:
            self._refused_pdfs.labels(problem.value)

    def count_letter(self, result: LetterResult) -> None:
        self._letters.labels(result.value).inc()

    def count_seal(self, result: SealResult) -> None:
        self._seals.labels(result.value).inc()

    def count_webhook(self, result: WebhookResult) -> None:
        self._webhooks.labels(result.value).inc()

    def count_sign_in(self, kind: SignInKind, result: SignInResult) -> None:
        self._sign_ins.labels(kind.value, result.value).inc()

    def count_refused_pdf(self, problem: PdfProblem) -> None:
        self._refused_pdfs.labels(problem.value).inc()

    def count_mended_state(self) -> None:
        self._mended_states.inc()

    def count_too_busy(self) -> None:
        self._too_busy.inc()

    def time_request(self, operation: str, status: int, seconds: float) -> None:
        """`operation` must come from a fixed set: a field of the schema, a route or `OTHER`."""
        self._requests.labels(operation, _result(status)).observe(seconds)

    def set_connections(self, use: PoolUse) -> None:
        self._connections.labels("in_use").set(use.in_use)
        self._connections.labels("idle").set(use.idle)
        self._connections_limit.set(use.limit)

    def exposition(self) -> bytes:
        """Prometheus' text format. With a folder it holds the sums of all processes that write there."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder:
            return generate_latest(self._registry)
        _forget_ended_processes(Path(folder))
        sums = CollectorRegistry()
        MultiProcessCollector(sums, folder)  # type: ignore[no-untyped-call]
        return generate_latest(sums)


def _result(status: int) -> str:
    if status >= 500:
        return "failed"
    return "refused" if status >= 400 else "ok"


def _forget_ended_processes(folder: Path) -> None:
    """Drop the connections of processes that were killed. What they counted stays, or the sums would fall."""
    for file in folder.glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdecimal() and not _is_running(int(number)):
            with suppress(FileNotFoundError):
                mark_process_dead(int(number), str(folder))  # type: ignore[no-untyped-call]


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
