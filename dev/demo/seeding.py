"""`vestibule seed`: made-up records for the demo and for development, never for production."""

import asyncio
import json
from typing import Annotated

import typer

from dev.demo.practice import seed_demo
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

seed = typer.Typer(help="Put made-up records into the database.", no_args_is_help=True)


@seed.callback()
def _several() -> None:
    """Makes `demo` a subcommand: Typer would otherwise run the only command without its name."""


@seed.command("demo")
def seed_demo_command(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """The demo practice, with today's calendar. What is there already stays as it is."""
    settings = read_settings()
    if settings.in_production:
        raise CommandFailed("the demo practice has a known password: set VESTIBULE_ENVIRONMENT to demo or development.")

    async def work() -> list[str]:
        async with open_database(settings.database_url):
            return await seed_demo(build_services(settings))

    done = asyncio.run(work())
    if as_json:
        typer.echo(json.dumps({"done": done}, ensure_ascii=False))
    else:
        typer.echo("\n".join(done) or "The demo practice is there already, today's calendar included.")
