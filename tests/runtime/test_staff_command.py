"""`vestibule staff`: what an operator does about the people of a practice, and the ways back in."""

import re
from typing import Any

import pytest

from tests.runtime.test_cli import PASSWORD, Program, refused
from tests.runtime.test_cli import migrated as migrated
from tests.runtime.test_cli import program as program

pytestmark = pytest.mark.processes

KIM = ("--organization", "alder", "--email", "kim@alder.example")


@pytest.fixture
def alder(migrated: Program) -> Program:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    return migrated


def listed(program: Program) -> list[Any]:
    return list(program.answer("staff", "list", "--organization", "alder")["staff"])


def test_without_a_password_the_person_is_invited_and_nothing_is_read(alder: Program) -> None:
    made = alder.answer("staff", "create", *KIM, "--name", "Kim Vale", "--permission", "MANAGE_STAFF", typed=PASSWORD)
    assert (made["state"], made["permissions"]) == ("INVITED", ["MANAGE_STAFF"])
    said = alder.run("staff", "list", "--organization", "alder")
    assert said.stdout == "kim@alder.example  invited  MANAGE_STAFF\n"
    link = alder.answer("staff", "reset-password", *KIM)["link"]
    assert re.fullmatch(r"https://api\.example\.org/staff/#/welcome/[\w-]{43}", link)


def test_disabled_and_enabled_and_the_last_manager_is_kept(alder: Program) -> None:
    alder.answer(
        *("staff", "create", *KIM, "--name", "Kim Vale", "--permission", "MANAGE_STAFF", "--password-stdin"),
        typed=PASSWORD,
    )
    done = alder.run("staff", "disable", *KIM, "--reason", "Left.")
    refused(done, "MANAGE_STAFF")
    assert [member["state"] for member in listed(alder)] == ["ACTIVE"]
    ada = ("--organization", "alder", "--email", "ada@alder.example")
    alder.answer("staff", "create", *ada, "--name", "Ada Low", "--password-stdin", typed=PASSWORD)
    said = alder.run("staff", "disable", *ada, "--reason", "Left.")
    assert (said.returncode, said.stdout) == (0, "Disabled ada@alder.example. Every session has ended.\n")
    assert [(member["state"], member["disabledReason"]) for member in listed(alder)] == [
        ("DISABLED", "Left."),
        ("ACTIVE", ""),
    ]
    refused(alder.run("staff", "reset-password", *ada), "staff enable")
    assert alder.answer("staff", "enable", *ada, "--reason", "Back.")["state"] == "ACTIVE"


def test_last_day_is_set_shown_and_taken_away(alder: Program) -> None:
    alder.answer(
        "staff", "create", *KIM, "--name", "Kim Vale", "--last-day", "2031-05-29", "--password-stdin", typed=PASSWORD
    )
    assert "  active until 2031-05-3" in alder.run("staff", "list", "--organization", "alder").stdout
    refused(alder.run("staff", "last-day", *KIM, "--day", "2020-01-31"), "past")
    assert alder.run("staff", "last-day", *KIM).returncode == 2
    assert alder.answer("staff", "last-day", *KIM, "--none")["accessEndsAt"] is None


def test_recovery_makes_a_manager_of_a_disabled_member(alder: Program) -> None:
    alder.answer("staff", "create", *KIM, "--name", "Kim Vale", "--password-stdin", typed=PASSWORD)
    alder.answer("staff", "disable", *KIM, "--reason", "A mistake.")
    recovered = alder.answer("staff", "recover", *KIM, "--permission", "VIEW_AUDIT")
    assert (recovered["state"], recovered["permissions"]) == ("ACTIVE", ["MANAGE_STAFF", "VIEW_AUDIT"])
    code = alder.answer("staff", "reset-factors", *KIM)["code"]
    assert re.fullmatch(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", code)
    assert re.fullmatch(r"https://api\.example\.org/staff/#/reset/[\w-]{43}", recovered["link"])
    said = alder.run("staff", "recover", *KIM)
    assert said.returncode == 0
    assert "within one hour" in said.stdout
    assert said.stdout.count("/staff/#/reset/") == 1


def test_whom_nobody_knows_is_said_in_one_line(alder: Program) -> None:
    for command in (
        ("disable", "--reason", "Left."),
        ("enable",),
        ("reset-password",),
        ("lift-throttle",),
        ("recover",),
    ):
        done = alder.run("staff", command[0], *KIM, *command[1:])
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            "vestibule: nobody at this practice signs in with this address: see vestibule staff list.\n"
        )


def test_whom_guesses_have_closed_out_is_let_in_again(alder: Program) -> None:
    alder.answer("staff", "create", *KIM, "--name", "Kim Vale", "--password-stdin", typed=PASSWORD)
    pasted = ("--organization", "\u200balder ", "--email", "\u202akim@alder.example\u202c")
    said = alder.run("staff", "lift-throttle", *pasted)
    assert (said.returncode, said.stdout) == (0, "Signing in is open again for kim@alder.example.\n")
    refused(alder.run("patient", "lift-throttle", *pasted), "no account with this address is linked to a record")
