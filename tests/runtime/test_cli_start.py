"""How the program starts: its version, completion by a shell, and which libraries a command loads before it works."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from adapters.secrets import new_key
from runtime.cli import COMMANDS
from runtime.database.config import CLINIC_APPS
from runtime.loaded_later import loaded_by_use

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
OF_THE_COMMAND_LINE = {"runtime", "typer", "annotated_doc", "shellingham", "_distutils_hack"}
# A mail server starts `vestibule bounce` for each letter that comes back: settings, keys, database, and no more.
OF_THE_DATABASE = {
    *(
        "clinic",
        "adapters",
        "tortoise",
        "pypika_tortoise",
        "asyncpg",
        "aiosqlite",
        "iso8601",
        "orjson",
        "anyio",
        "idna",
    ),
    *("pydantic", "pydantic_core", "pydantic_settings", "annotated_types", "typing_inspection", "typing_extensions"),
    *("dotenv", "email_validator", "cryptography", "_cffi_backend"),
}

MODELS = CLINIC_APPS["clinic"]["models"]


def vestibule(*arguments: str, **environment: str) -> str:
    program = str(Path(sys.executable).with_name("vestibule"))
    done = subprocess.run(
        [program, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(code: str) -> set[str]:
    printed = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {name.partition(".")[0] for name in printed.split()}


def of_packages(loaded: set[str]) -> set[str]:
    """What of it comes from packages, ours among them."""
    return loaded & set(packages_distributions())


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    printed = vestibule("--version")
    # An editable install keeps the number it was made with.
    assert printed.startswith("vestibule ")
    assert printed.split()[1].count(".") == project["version"].count(".")


def test_a_shell_completes_commands_and_their_own_commands() -> None:
    commands = vestibule(_VESTIBULE_COMPLETE="complete_bash", COMP_WORDS="vestibule ", COMP_CWORD="1")
    of_staff = vestibule(_VESTIBULE_COMPLETE="complete_bash", COMP_WORDS="vestibule staff re", COMP_CWORD="2")

    assert set(commands.split()) == set(COMMANDS)
    assert set(of_staff.split()) == {"reset-password", "reset-factors", "recover"}


def test_help_loads_no_library_but_the_command_lines_own() -> None:
    loaded = loaded_by("import runtime.cli; runtime.cli.program(None)")

    assert of_packages(loaded) - OF_THE_COMMAND_LINE == set()
    assert "asyncio" not in loaded


def test_a_bounce_loads_what_the_database_needs_and_little_else() -> None:
    """A library that is not named here is noticed, also one that nobody has called heavy yet."""
    loaded = loaded_by("import runtime.cli; runtime.cli.program('bounce')")

    assert of_packages(loaded) - OF_THE_COMMAND_LINE - OF_THE_DATABASE == set()


@pytest.mark.parametrize("face", ["api.app", "patient_portal.app"])
def test_a_face_loads_no_library_of_a_sign_in_that_few_use(face: str) -> None:
    """Passkeys, sign-in providers and programs' keys: together a sixth of what a start took."""
    code = (
        "import runtime.commands.serving; from runtime.settings import Settings; "
        "from runtime.wiring import build_services; "
        f"from {face} import create_app; settings = Settings(environment='test', secret_keys=({new_key()!r},));"
        "create_app(settings, build_services(settings))"
    )
    loaded = loaded_by(code)
    assert loaded & {"webauthn", "cbor2", "pyotp", "segno", "authlib", "joserfc"} == set()
    # Those of a request that goes out, and of a document that is written.
    assert loaded & {"httpcore2", "markdown_it"} == set()


def test_a_server_loads_no_library_of_the_workers_or_for_coloured_logs() -> None:
    loaded = loaded_by("import runtime.cli; runtime.cli.leave_out_rich(); import runtime.commands.serving")

    assert "structlog" in loaded
    assert loaded & {"jinja2", "babel", "pygments", "attr"} == set()


@pytest.mark.parametrize("face", ["api.app", "patient_portal.app"])
def test_a_face_collects_garbage_again_once_it_is_loaded(face: str) -> None:
    code = (
        "import gc; from runtime.collecting import collect_nothing; collect_nothing(); print(gc.isenabled()); "
        f"from {face} import create_app; create_app(); print(gc.isenabled(), gc.get_freeze_count() > 0)"
    )
    keys = {"VESTIBULE_ENVIRONMENT": "test", "VESTIBULE_SECRET_KEYS": new_key()}
    printed = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **keys}, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["False", "True", "True"]


def test_a_library_that_is_loaded_later_is_loaded_by_use_and_once() -> None:
    loads: list[str] = []

    def load() -> str:
        loads.append("loaded")
        return "of the practice"

    port = loaded_by_use(load)
    assert loads == []
    assert (port.upper(), port.title(), port.upper()) == ("OF THE PRACTICE", "Of The Practice", "OF THE PRACTICE")
    assert loads == ["loaded"]


def test_models_are_made_without_reading_their_source() -> None:
    """Tortoise would read and parse the source of every model, which takes most of the time of a short command."""
    # This is what `inspect` finds a class with. Tortoise's own base class is read before.
    refuse = "import inspect, tortoise.models; inspect._ClassFinder = lambda name: sys.exit(f'reads {name}')"
    loaded = loaded_by(f"{refuse}; {'; '.join(f'import {module}' for module in MODELS)}")

    assert "tortoise" in loaded
