"""`vestibule bounce`: a mail server pipes bounce messages into this command."""

import asyncio
import sys

import typer

from clinic.letters.bounces import LARGEST, record_bounce
from runtime.database import open_database
from runtime.few_services import build_few_services
from runtime.settings import read_settings


def bounce() -> None:
    """Read one delivery-status message from standard input and mark its letter as bounced."""
    settings = read_settings()
    raw = sys.stdin.buffer.read(LARGEST + 1)

    async def work() -> str:
        async with open_database(settings.database_url):
            return str(await record_bounce(build_few_services(settings), raw))

    typer.echo(f"Letter {asyncio.run(work())} bounced.")
