"""`vestibule facility`: an operator lists, adds, changes, archives and restores the places of a practice."""

import pytest

from tests.runtime.test_cli import Program, refused
from tests.runtime.test_cli import migrated as migrated
from tests.runtime.test_cli import program as program

pytestmark = pytest.mark.processes

ALDER = ("--organization", "alder")


def test_facilities_are_added_changed_archived_and_restored(migrated: Program) -> None:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic", "--facility", "North")
    added = migrated.answer("facility", "add", *ALDER, "--name", "South", "--address", "1 Shore Road\\nBoise")
    assert (added["name"], added["address"], added["archivedAt"]) == ("South", "1 Shore Road\nBoise", None)
    changed = migrated.answer(
        *("facility", "change", *ALDER, "--facility", "South", "--name", "Shore"),
        *("--phone", "+1 208 555 0134", "--time-zone", "America/Denver"),
    )
    assert (changed["id"], changed["name"], changed["timeZone"]) == (added["id"], "Shore", "America/Denver")
    assert migrated.answer("facility", "archive", *ALDER, "--facility", "Shore")["archivedAt"] is not None
    listed = migrated.run("facility", "list", *ALDER).stdout.splitlines()
    assert listed == ["North", "Shore  1 Shore Road, Boise  +1 208 555 0134  America/Denver  archived"]
    refused(migrated.run("facility", "add", *ALDER, "--name", "Shore"), "archived")
    assert migrated.answer("facility", "restore", *ALDER, "--facility", "Shore")["archivedAt"] is None
    refused(migrated.run("facility", "archive", *ALDER, "--facility", "East"), "vestibule facility list")
