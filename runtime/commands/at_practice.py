"""What commands about one practice share: its option, the database, and the caller who acts for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from clinic.organizations.models import Organization
from clinic.values.callers import SystemCaller
from clinic.values.ports import Services
from clinic.values.text import trimmed
from runtime.commands.failures import CommandFailed
from runtime.commands.records import AsJson, print_json
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

__all__ = ["NO_PRACTICE", "AsJson", "Slug", "print_json", "run_at_practice"]

R = TypeVar("R")

Slug = Annotated[str, typer.Option("--organization", help="The practice's slug.")]

NO_ORGANIZATION = "there is no organization {slug!r}: see vestibule organization list."
NO_PRACTICE = "there is no practice {slug}: make it with vestibule organization create."


def run_at_practice(
    slug: str,
    command: str,
    work: Callable[[SystemCaller, Services], Awaitable[R]],
    *,
    absent: str = NO_ORGANIZATION,
) -> R:
    """Do the work of `vestibule {command}` for the practice with this slug.

    Raises `CommandFailed` with the words `absent` if there is none.
    """
    settings = read_settings()

    async def run() -> R:
        async with open_database(settings.database_url):
            practice = await Organization.get_or_none(slug=trimmed(slug))
            if practice is None:
                raise CommandFailed(absent.format(slug=slug))
            return await work(SystemCaller(practice.id, f"vestibule {command}"), build_services(settings))

    return asyncio.run(run())
