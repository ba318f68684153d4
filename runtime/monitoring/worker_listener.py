"""The worker's small listener: `/healthz` and `/metrics`, at `VESTIBULE_WORKER_LISTEN`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clinic.values.ports import Services
from runtime.heartbeat import Heartbeat
from runtime.http.bounded_protocol import HTTP
from runtime.monitoring.counters import Counters
from runtime.monitoring.page import MetricsPage
from runtime.settings import Settings


def worker_app(settings: Settings, services: Services, counters: Counters, heartbeat: Heartbeat) -> Starlette:
    """`/healthz` is 503 while a loop hangs. It does not look at the database: a restart would not bring it back."""

    async def healthz(request: Request) -> Response:
        stuck = heartbeat.stuck()
        return JSONResponse({"stuck": stuck}, status_code=503 if stuck else 200)

    page = MetricsPage(settings, services, counters, more=lambda: [rounds_of(heartbeat)])
    return Starlette(routes=[Route("/healthz", healthz), Route("/metrics", page.answer)])


def rounds_of(heartbeat: Heartbeat) -> Metric:
    family = GaugeMetricFamily(
        "vestibule_worker_round_age_seconds", "How long ago a loop of the worker turned last", labels=["loop"]
    )
    for name, age in heartbeat.ages().items():
        family.add_metric([name], age)
    return family


@asynccontextmanager
async def listening(app: Starlette, host: str, port: int) -> AsyncIterator[None]:
    """Inside the block the application answers there, in this event loop."""
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            **HTTP,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """Leaves the signals to the worker, which ends it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
