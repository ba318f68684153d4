"""`vestibule resume`: lets a restored copy send again."""

import asyncio
import json
from typing import Annotated

import typer

from clinic.upkeep.resuming import Resumed
from clinic.upkeep.resuming import resume as end_the_hold
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services


def resume(
    give_up_older: Annotated[
        bool,
        typer.Option(
            "--give-up-older", help="Send nothing that was due when the backup was made: it was sent already."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Let a restored copy send again: everything that waits, or only what is newer than the backup."""
    done = asyncio.run(_resume(give_up_older=give_up_older))
    if as_json:
        typer.echo(json.dumps(_as_object(done)))
    elif done is None:
        typer.echo("Nothing is held: this is no restored copy, or it was resumed before.")
    else:
        typer.echo(
            f"Resumed: {done.waiting} letters and {done.webhooks_waiting} webhooks go out now. Older than the backup "
            f"({done.backup_made_at:%Y-%m-%d %H:%M} UTC) and given up: {done.given_up} letters and "
            f"{done.webhooks_given_up} webhooks."
        )


async def _resume(*, give_up_older: bool) -> Resumed | None:
    settings = read_settings()
    async with open_database(settings.database_url):
        return await end_the_hold(build_services(settings), give_up_older=give_up_older)


def _as_object(done: Resumed | None) -> dict[str, object]:
    if done is None:
        return {"resumed": False, "waiting": 0, "givenUp": 0, "webhooksWaiting": 0, "webhooksGivenUp": 0}
    return {
        "resumed": True,
        "waiting": done.waiting,
        "givenUp": done.given_up,
        "webhooksWaiting": done.webhooks_waiting,
        "webhooksGivenUp": done.webhooks_given_up,
    }
