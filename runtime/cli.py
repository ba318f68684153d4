"""The program `vestibule`. Exit 0: done; 1: a finding or a failure, said in one line; 2: wrong usage."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import typer


@dataclass(frozen=True)
class _Command:
    """Where a command is, and what the list of commands says of it: the first sentence of its own help."""

    module: str
    name: str
    summary: str


# A command's modules take up to a second to load, so only those of the command that is asked for are loaded.
_ALL: Mapping[str, _Command] = {
    "demo": _Command("dev.demo.command", "demo", "The whole product on this machine, with a made-up practice."),
    "api": _Command("runtime.commands.serving", "api", "The GraphQL API for staff and mobile clients."),
    "portal": _Command("runtime.commands.serving", "portal", "The patient portal."),
    "worker": _Command(
        "runtime.commands.serving", "worker", "Deliver letters and run timed work, until ended by TERM or Ctrl-C."
    ),
    "mail-catcher": _Command("dev.mail_catcher.command", "mail_catcher", "Catch letters and show them on a page."),
    "bounce": _Command(
        "runtime.commands.bounce",
        "bounce",
        "Read one delivery-status message from standard input and mark its letter as bounced.",
    ),
    "migrate": _Command("runtime.commands.records", "migrate", "Bring the database to the current schema."),
    "check": _Command(
        "runtime.commands.checking",
        "check",
        "Check settings, database, schema, mail server, file store and signing key.",
    ),
    "verify": _Command(
        "runtime.commands.verifying",
        "verify",
        "Check a completed document: authentic, altered, unrecognised or unsealed.",
    ),
    "audit": _Command("runtime.commands.auditing", "audit", "The audit chains: one for each practice."),
    "seed": _Command("dev.demo.seeding", "seed", "Put made-up records into the database."),
    "organization": _Command("runtime.commands.records", "organization", "Practices: the tenants."),
    "staff": _Command("runtime.commands.records", "staff", "The people who work at a practice."),
}


# The production image holds no package `dev`. It is named here, not imported: nothing of the product rests on it.
COMMANDS = {
    name: command for name, command in _ALL.items() if not command.module.startswith("dev.") or find_spec("dev")
}


def program(asked: str | None) -> typer.Typer:
    """All commands by name; only the one that is asked for can be run."""
    # Plain help and plain errors, which scripts and screen readers can read; tracebacks only for defects.
    made = typer.Typer(
        name="vestibule",
        help="Vestibule: the way from a practice's records to its patients.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for name, command in COMMANDS.items():
        loaded = getattr(import_module(command.module), command.name) if name == asked else None
        if isinstance(loaded, typer.Typer):
            made.add_typer(loaded, name=name)
        else:
            made.command(name, help=None if loaded else command.summary)(loaded or _not_loaded)
    return made


def _not_loaded() -> None:
    """Stands for a command in the list of commands."""


def main() -> None:
    """The entry point of the wheel."""
    asked = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    if asked not in COMMANDS:
        program(None)()
        return
    # A command loads this module anyway; a list of commands needs none of its libraries.
    failures = import_module("runtime.commands.failures")
    try:
        program(asked)()
    except failures.EXPECTED as error:
        typer.echo(f"vestibule: {failures.in_one_line(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
