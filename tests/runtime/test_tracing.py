"""Traces by operation name reach a collector, and say nothing about anybody. Without an endpoint nothing is loaded."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span
from tortoise.context import TortoiseContext

from adapters.secrets import new_key
from api.app import create_app
from clinic.portal_access.actions import invite_contact
from runtime.monitoring.tracing import tracing_of
from runtime.settings import Environment, Settings, SettingsInvalid
from runtime.worker import run_worker
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, make_services, open_practice
from tests.ports import HOST, free_port


@dataclass
class Collector:
    """Keeps what is sent to it."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    @property
    def resources(self) -> list[ResourceSpans]:
        return [sent for body in self.bodies for sent in ExportTraceServiceRequest.FromString(body).resource_spans]

    @property
    def spans(self) -> list[Span]:
        return [span for sent in self.resources for scope in sent.scope_spans for span in scope.spans]


@pytest.fixture
def collector() -> Iterator[Collector]:
    started = Collector(f"http://{HOST}:{free_port()}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            started.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            return

    server = ThreadingHTTPServer((HOST, int(started.url.rpartition(":")[2])), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield started
    server.shutdown()
    thread.join()
    server.server_close()


def values_of(span: Span) -> dict[str, object]:
    return {value.key: value.value.int_value or value.value.string_value for value in span.attributes}


async def test_requests_are_traced_by_operation_and_nothing_of_their_content(
    sqlite_database: str, clock: FixedClock, collector: Collector
) -> None:
    settings = Settings(
        environment=Environment.TEST,
        secret_keys=(new_key(),),
        database_url=sqlite_database,
        otlp_endpoint=collector.url,
    )
    services = make_services(clock, Mailbox())
    app = create_app(settings, services)
    async with app.router.lifespan_context(app):
        practice = await open_practice(services)
        await practice.contact("Omar", emails=("omar.reyes@example.com",))
        _, session = await practice.signed_in(*EVERY_PERMISSION)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.api_url) as http:
            client = Client(http, session.access_token)
            await client.run('query MyOwnName { contacts(search: "omar") { nodes { displayName } } }')
            guess = {"organization": "willow-creek", "email": "omar.reyes@example.com", "password": "secret words"}
            await client.mutate("signInStaff", guess)
            request_id = (await http.get("/files/some-token")).headers["X-Request-Id"]

    found, refused, file = collector.spans
    assert [span.name for span in (found, refused, file)] == ["contacts", "signInStaff", "/files/{token}"]
    assert values_of(file) == {"http.response.status_code": 404, "vestibule.request_id": request_id}
    assert set(values_of(found)) == set(values_of(file))
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in collector.spans)
    [resource] = collector.resources
    services_named = {value.value.string_value for value in resource.resource.attributes if value.key == "service.name"}
    assert services_named == {"vestibule-api"}
    told = str(collector.resources).lower()
    assert [
        word for word in ("omar", "reyes", "example.com", "secret words", "some-token", "myownname") if word in told
    ] == []


async def test_rounds_of_the_worker_that_did_something_are_traced(
    database: TortoiseContext, clock: FixedClock, collector: Collector
) -> None:
    mailbox, stop = Mailbox(), asyncio.Event()
    practice = await open_practice(make_services(clock, mailbox))
    await invite_contact(practice.system, (await practice.contact()).id, practice.services)
    tracing = tracing_of(collector.url, "worker")

    def told(loop: str, found: int, seconds: float) -> None:
        tracing.finished_round(loop, found, seconds)
        stop.set()

    async with asyncio.timeout(30):
        await run_worker(practice.services, stop, told=told)
    await asyncio.to_thread(tracing.close)

    assert len(mailbox.letters) == 1
    [span] = [span for span in collector.spans if span.name == "worker letters"]
    assert values_of(span) == {"vestibule.count": 1}


async def test_a_collector_that_is_away_fails_nothing_and_delays_the_end_by_seconds_at_most() -> None:
    tracing = tracing_of(f"http://{HOST}:{free_port()}", "api")
    tracing.finished_request("contacts", 200, 0.01)
    async with asyncio.timeout(8):
        await asyncio.to_thread(tracing.close)


def test_without_an_endpoint_nothing_is_loaded_and_without_the_library_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)
    # Every import of it fails now.
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    tracing_of(None, "api").finished_request("contacts", 200, 0.01)
    create_app(Settings(environment=Environment.TEST, secret_keys=(new_key(),)))
    with pytest.raises(SettingsInvalid, match=r"VESTIBULE_OTLP_ENDPOINT: needs the extra: .*\[tracing\]"):
        tracing_of("http://127.0.0.1:4318", "api")
