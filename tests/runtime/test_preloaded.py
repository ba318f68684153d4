"""The programs that tests fork from a loaded process meet and answer what an installed command does."""

import os
import signal
from pathlib import Path

import pytest

from tests import preloaded

pytestmark = pytest.mark.processes

PASSWORD = "four lamps above a quiet river"


def settings(**more: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("VESTIBULE_")}
    return others | {f"VESTIBULE_{name}": value for name, value in more.items()}


def test_exit_code_and_both_outputs_are_told(tmp_path: Path) -> None:
    helped = preloaded.run(["--help"], settings())
    wrong = preloaded.run(["nonsense"], settings())
    refused = preloaded.run(["migrate"], settings(SECRET_KEYS="short"))

    assert (helped.returncode, helped.stderr) == (0, "")
    assert "  migrate " in helped.stdout
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "nonsense" in wrong.stderr
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("vestibule: ")


def test_program_has_just_its_own_settings_folder_and_input(sqlite_database: str, tmp_path: Path) -> None:
    own = settings(DATABASE_URL=f"sqlite://{Path(sqlite_database).name}", ENVIRONMENT="test")
    practice = ("--slug", "willow-creek", "--name", "Willow Creek")
    member = ("--organization", "willow-creek", "--email", "desk@willow-creek.example", "--name", "Frances Desk")

    made = preloaded.run(["organization", "create", *practice], own, folder=tmp_path)
    joined = preloaded.run(
        ["staff", "create", *member, "--password-stdin"], own, typed=f"{PASSWORD}\n", folder=tmp_path
    )
    elsewhere = preloaded.run(["organization", "create", *practice], settings(ENVIRONMENT="test"), folder=tmp_path)

    assert (made.returncode, made.stderr) == (0, "")
    assert (joined.returncode, joined.stderr) == (0, "")
    assert elsewhere.returncode == 1


def test_program_can_be_ended_and_killed_and_its_end_is_told(sqlite_database: str, tmp_path: Path) -> None:
    own = settings(DATABASE_URL=sqlite_database, ENVIRONMENT="test", FILES_URL=f"file://{tmp_path}/files")
    codes = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        reads, writes = os.pipe()
        with open(reads, "rb") as said, Path(os.devnull).open("r+b") as nothing:
            program = preloaded.start(["worker"], own, (nothing.fileno(), writes, writes))
            os.close(writes)
            assert said.readline()
            assert program.poll() is None
            program.send_signal(number)
            codes.append(program.wait(20))
            program.send_signal(number)

    assert codes == [0, -signal.SIGKILL]
