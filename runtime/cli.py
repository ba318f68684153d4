"""The program `vestibule`. Exit 0: done; 1: a finding or a failure, said in one line; 2: wrong usage."""

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from runtime.commands import auditing, bounce, checking, records, serving, verifying
from runtime.commands.failures import EXPECTED, in_one_line

# Plain help and plain errors, which scripts and screen readers can read; tracebacks only for defects.
app = typer.Typer(
    name="vestibule",
    help="Vestibule: the way from a practice's records to its patients.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# The production image holds no package `dev`. It is named here, not imported: nothing of the product rests on it.
if find_spec("dev"):
    app.command("demo")(import_module("dev.demo.command").demo)
    app.command("mail-catcher")(import_module("dev.mail_catcher.command").mail_catcher)
    app.add_typer(import_module("dev.demo.seeding").seed, name="seed")
app.command("api")(serving.api)
app.command("portal")(serving.portal)
app.command("worker")(serving.worker)
app.command("bounce")(bounce.bounce)
app.command("migrate")(records.migrate)
app.command("check")(checking.check)
app.command("verify")(verifying.verify)
app.add_typer(auditing.audit, name="audit")
app.add_typer(records.organization, name="organization")
app.add_typer(records.staff, name="staff")


def main() -> None:
    """The entry point of the wheel."""
    try:
        app()
    except EXPECTED as error:
        typer.echo(f"vestibule: {in_one_line(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
