"""The program `vestibule`. Exit codes: 0 success, 1 a finding or a failure (reported in one line), 2 wrong usage."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from runtime.collecting import collect_nothing


@dataclass(frozen=True)
class _Command:
    """A command's module and name, and the first sentence of its help for the list of commands."""

    module: str
    name: str
    summary: str


# What runs on and on: it tells by itself when it is loaded.
_SERVING = "runtime.commands.serving"

# A command's modules take up to a second to load, so only the requested command is loaded.
_ALL: Mapping[str, _Command] = {
    "demo": _Command("dev.demo.command", "demo", "The whole product on this machine, with a made-up practice."),
    "api": _Command(_SERVING, "api", "The GraphQL API for staff and mobile clients."),
    "portal": _Command(_SERVING, "portal", "The patient portal."),
    "worker": _Command(_SERVING, "worker", "Deliver letters and run timed work, until ended by TERM or Ctrl-C."),
    "mail-catcher": _Command("dev.mail_catcher.command", "mail_catcher", "Catch letters and show them on a page."),
    "bounce": _Command(
        "runtime.commands.bounce",
        "bounce",
        "Read one delivery-status message from standard input and mark its letter as bounced.",
    ),
    "setup": _Command(
        "runtime.commands.setup",
        "setup",
        "Write settings and keys, migrate, and make the practice and its first administrator.",
    ),
    "migrate": _Command("runtime.commands.records", "migrate", "Bring the database to the current schema."),
    "backup": _Command(
        "runtime.commands.backing_up",
        "backup",
        "Copy database and files as one consistent set, also while in use.",
    ),
    "restore": _Command(
        "runtime.commands.backing_up",
        "restore",
        "Restore database and files into an empty database, which then sends nothing until `vestibule resume`.",
    ),
    "resume": _Command(
        "runtime.commands.resuming",
        "resume",
        "Let a restored copy send again: everything that waits, or only what is newer than the backup.",
    ),
    "check": _Command(
        "runtime.commands.checking",
        "check",
        "Check settings, addresses, database, clock, schema, mail server, file store, signing key and PDF box.",
    ),
    "verify": _Command(
        "runtime.commands.verifying",
        "verify",
        "Check a completed document: authentic, altered, unrecognised or unsealed.",
    ),
    "signing-key": _Command("runtime.commands.signing_key", "signing_key", "The key that seals completed documents."),
    "audit": _Command("runtime.commands.auditing", "audit", "The audit chains: one for each practice."),
    "documents": _Command("runtime.commands.documents", "documents", "The documents of all practices."),
    "seed": _Command("dev.demo.seeding", "seed", "Put made-up records into the database."),
    "organization": _Command("runtime.commands.organizations", "organization", "Practices: the tenants."),
    "facility": _Command("runtime.commands.facilities", "facility", "The facilities of a practice."),
    "external-id": _Command("runtime.commands.external_ids", "external_id", "What other systems call a record."),
    "import": _Command("runtime.commands.importing", "imports", "Records of other systems, from files."),
    "identity-provider": _Command(
        "runtime.commands.identity_provider",
        "identity_provider",
        "The provider at which a practice's staff sign in.",
    ),
    "export": _Command("runtime.commands.whole_record", "export", "What is held about a person, as files."),
    "erase": _Command("runtime.commands.whole_record", "erase", "Erase a person's record, or a signed document."),
    "staff": _Command("runtime.commands.staff", "staff", "The people who work at a practice."),
    "webhook": _Command("runtime.commands.webhooks", "webhook", "Programs that a practice tells of events."),
    "service-account": _Command(
        "runtime.commands.service_accounts", "service_account", "Programs that sign in to a practice by themselves."
    ),
    "patient": _Command("runtime.commands.patients", "patient", "The patients of a practice."),
}


# The production image has no package `dev`, so its commands are listed only if it is installed.
COMMANDS = {
    name: command for name, command in _ALL.items() if not command.module.startswith("dev.") or find_spec("dev")
}


def program(asked: str | None) -> typer.Typer:
    """The command line with all commands by name. Only the requested command is loaded and can run."""
    # Plain text for help and errors, which scripts and screen readers can read; tracebacks only for defects.
    made = typer.Typer(
        name="vestibule",
        help="Vestibule: the way from a practice's records to its patients.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    made.callback()(_options)
    for name, command in COMMANDS.items():
        loaded = getattr(import_module(command.module), command.name) if name == asked else None
        if isinstance(loaded, typer.Typer):
            made.add_typer(loaded, name=name)
        else:
            made.command(name, help=None if loaded else command.summary)(loaded or _not_loaded)
    return made


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"vestibule {version('vestibule-portal')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """The options that come before a command."""


def _not_loaded() -> None:
    """The placeholder for a command that is not loaded."""


def _words() -> list[str]:
    """The words after `vestibule`. A shell that completes a line hands them over in the environment."""
    if "_VESTIBULE_COMPLETE" not in os.environ:
        return sys.argv[1:]
    return (os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")).split()[1:]


def leave_out_rich() -> None:
    """Nothing of ours uses it. Typer brings it, and structlog loads it wherever it is: a tenth of a start."""
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's way to say that a module can't be imported


def main() -> None:
    """The entry point of the wheel."""
    asked = next((word for word in _words() if not word.startswith("-")), None)
    if asked not in COMMANDS:
        program(None)()
        return
    if COMMANDS[asked].module == _SERVING:
        collect_nothing()
    leave_out_rich()
    # Imported here, because the list of commands does not need its libraries.
    failures = import_module("runtime.commands.failures")
    try:
        program(asked)()
    except Exception as error:
        if not failures.is_expected(error):
            raise
        typer.echo(f"vestibule: {failures.in_one_line(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
