"""The long-running commands: the two servers and the worker."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
import uvicorn

from clinic.values.ports import SystemClock
from runtime.collecting import collect_less
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.hardening import log_the_box, protect_this_process
from runtime.http.bounded_protocol import HTTP
from runtime.logging import configure_logging
from runtime.settings import Settings, read_settings
from runtime.signing import signing_status
from runtime.wiring import build_sealer, build_services

# The servers are started by name, because the runtime may not import them (style.md, Layout).
API = "api.app:create_app"
PORTAL = "patient_portal.app:create_app"

# A GraphQL message over a WebSocket is a query with its variables, so it is small. Compressing it would cost each
# connection more memory than everything else. Pings keep proxies from closing idle connections.
SOCKETS: Mapping[str, Any] = {
    "ws_max_size": 256 * 1024,
    "ws_per_message_deflate": False,
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
}
# After SIGTERM under load, requests finish within 10 s (security.md, Nothing lost).
DRAIN_SECONDS = 10
# Seconds that a process may take to answer the process that started it. One that is still loading can't answer yet, and
# Uvicorn's own five seconds end it on a busy machine before it has ever served; the next one ends the same way.
ANSWERS_WITHIN = 60

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]
Workers = Annotated[int, typer.Option(min=1, help="How many processes answer.")]


def api(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = 1) -> None:
    """The GraphQL API for staff and mobile clients."""
    serve(API, host, port, workers)


def portal(host: Host = "127.0.0.1", port: Port = 8001, workers: Workers = 1) -> None:
    """The patient portal."""
    serve(PORTAL, host, port, workers)


def worker() -> None:
    """Deliver letters and run timed work, until ended by TERM or Ctrl-C. Any number may run."""
    settings = read_settings()
    configure_logging(settings.environment, level=settings.log_level)
    protect_this_process()
    if settings.worker_listen:
        _require_free_port(*settings.worker_address, remedy="set VESTIBULE_WORKER_LISTEN to another")
    asyncio.run(_work(settings))


def serve(factory: str, host: str, port: int, workers: int) -> None:
    """Run one server. Its factory takes no argument, because each worker process reads the settings itself."""
    settings = read_settings()
    configure_logging(settings.environment, level=settings.log_level)
    protect_this_process()
    _require_free_port(host, port)
    asyncio.run(log_the_box())
    asyncio.run(signing_status(build_sealer(settings), SystemClock()))
    if workers > 1:
        # This process only watches the others. Where it serves itself, the face says when it is loaded.
        collect_less()
    try:
        with _counted_together(workers):
            uvicorn.run(
                factory,
                factory=True,
                host=host,
                port=port,
                workers=workers,
                log_config=None,
                # URLs may contain tokens, so the applications log requests themselves, by route.
                access_log=False,
                server_header=False,
                # Any client can send forwarding headers, so they are accepted only from trusted proxies.
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                # Only the API uses WebSockets.
                ws="auto" if factory == API else "none",
                **HTTP,
                **SOCKETS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                timeout_worker_healthcheck=ANSWERS_WITHIN,
            )
    except SystemExit as end:
        raise typer.Exit(1 if end.code else 0) from None


@contextmanager
def _counted_together(workers: int) -> Iterator[None]:
    """Several processes write what they count into one folder. They are told of it by their environment."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="vestibule-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _require_free_port(host: str, port: int, remedy: str = "choose another with --host and --port") -> None:
    """Report a taken port with a clear message. The server still fails if the port is taken after this check."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as problem:
            raise CommandFailed(f"can't listen on {host} port {port} ({problem.strerror}): {remedy}.") from None


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await log_the_box()
    # Imported here: only this command needs them, and the faces load by themselves what they need.
    from runtime.heartbeat import Heartbeat
    from runtime.monitoring.counters import Counters
    from runtime.monitoring.face import handed_over
    from runtime.monitoring.tracing import tracing_of
    from runtime.monitoring.worker_listener import listening, worker_app
    from runtime.worker import run_worker

    collect_less()

    tracing = tracing_of(settings.otlp_endpoint, "worker")
    counters, heartbeat = Counters(), Heartbeat()
    services = build_services(settings, counters)
    async with open_database(settings.database_url), handed_over(tracing), AsyncExitStack() as stack:
        if settings.worker_listen:
            app = worker_app(settings, services, counters, heartbeat)
            await stack.enter_async_context(listening(app, *settings.worker_address))
        await run_worker(services, stop, heartbeat, tracing.finished_round)
