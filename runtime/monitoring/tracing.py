"""Traces for an OpenTelemetry collector: one span for each request and each useful round of the worker.

A span has the name of its operation, from the same fixed set as the metrics (decision 0047), its duration, result and
request id. No argument, name, address or statement is in it. Without an endpoint nothing of OpenTelemetry is loaded.
"""

import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from runtime.settings import PREFIX, SettingsInvalid

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_VARIABLE = f"{PREFIX}OTLP_ENDPOINT"
_EXPORT_SECONDS = 2.0
"""For one attempt to reach the collector, and so for the last one when a process ends."""

_NANOSECONDS = 1_000_000_000


class Tracing(Protocol):
    """Where finished work is told of."""

    def finished_request(self, operation: str, status: int, seconds: float) -> None: ...

    def finished_round(self, loop: str, found: int, seconds: float) -> None:
        """A round of the worker that did something."""
        ...

    def close(self) -> None:
        """Hand over what waits. Blocks for a few seconds at most, so call it in a thread."""
        ...


class NoTracing:
    """Nobody is told."""

    def finished_request(self, operation: str, status: int, seconds: float) -> None:
        return

    def finished_round(self, loop: str, found: int, seconds: float) -> None:
        return

    def close(self) -> None:
        return


class OpenTelemetryTracing:
    """Spans are handed over in batches by a thread of the library; while the collector is away they are dropped."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace import SpanKind, StatusCode

        self._provider = provider
        self._tracer = provider.get_tracer("vestibule")
        self._server, self._internal, self._error = SpanKind.SERVER, SpanKind.INTERNAL, StatusCode.ERROR

    def finished_request(self, operation: str, status: int, seconds: float) -> None:
        attributes: dict[str, Any] = {"http.response.status_code": status}
        if request_id := structlog.contextvars.get_contextvars().get("request_id"):
            attributes["vestibule.request_id"] = request_id
        self._record(operation, self._server, attributes, seconds, failed=status >= 500)

    def finished_round(self, loop: str, found: int, seconds: float) -> None:
        self._record(f"worker {loop}", self._internal, {"vestibule.count": found}, seconds, failed=False)

    def close(self) -> None:
        self._provider.shutdown()

    def _record(self, name: str, kind: Any, attributes: dict[str, Any], seconds: float, *, failed: bool) -> None:
        ended = time.time_ns()
        began = ended - int(seconds * _NANOSECONDS)
        span = self._tracer.start_span(name, kind=kind, attributes=attributes, start_time=began)
        if failed:
            span.set_status(self._error)
        span.end(end_time=ended)


def tracing_of(endpoint: str | None, part: str) -> Tracing:
    """For one part of the product, such as `api`. Raises SettingsInvalid if the library is not installed."""
    if endpoint is None:
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsInvalid({_VARIABLE: "needs the extra: pip install vestibule-portal[tracing]"}) from None
    resource = Resource.create({"service.name": f"vestibule-{part}", "service.version": version("vestibule-portal")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetryTracing(provider)
