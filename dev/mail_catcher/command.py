"""`vestibule mail-catcher`: a mail server for the demo and for developers that keeps every letter and sends none on."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from dev.mail_catcher.catcher import MailCatcher
from runtime.http.bounded_protocol import HTTP
from runtime.logging import configure_logging
from runtime.settings import Environment

HOST = "127.0.0.1"


def mail_catcher(
    folder: Annotated[Path, typer.Option(help="Where letters are kept.")] = Path("var/letters"),
    smtp_port: Annotated[int, typer.Option(min=1, max=65535, help="Where letters are taken.")] = 1025,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page that shows them listens.")] = 8025,
) -> None:
    """Catch letters and show them on a page. Listens on this machine only."""
    configure_logging(Environment.DEVELOPMENT)
    asyncio.run(_catch(folder, smtp_port, port))


async def _catch(folder: Path, smtp_port: int, port: int) -> None:
    catcher = MailCatcher(folder)
    await catcher.start(HOST, smtp_port)
    try:
        server = uvicorn.Server(
            uvicorn.Config(
                catcher.app,
                host=HOST,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                **HTTP,
                timeout_graceful_shutdown=2,
            )
        )
        await server.serve()
    finally:
        await catcher.stop()
