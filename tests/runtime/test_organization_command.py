"""`vestibule organization`: an operator lists practices, shows every setting and changes it."""

from pathlib import Path

import pytest

from dev.demo.logos import willow_logo
from tests.runtime.test_cli import Program, refused
from tests.runtime.test_cli import migrated as migrated
from tests.runtime.test_cli import program as program

pytestmark = pytest.mark.processes


def test_settings_are_shown_and_changed_with_a_logo_from_a_file(migrated: Program, tmp_path: Path) -> None:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic", "--facility", "North")
    assert migrated.run("organization", "list").stdout == "alder  Alder Clinic\n"
    logo = tmp_path / "logo.png"
    logo.write_bytes(willow_logo())
    made = migrated.answer(
        *("organization", "update", "--organization", "alder", "--logo", str(logo), "--colour", "#FFEE00"),
        *("--address", "1 Shore Road\\nBoise", "--language", "es", "--relatives-end-at-age", "13"),
        *("--no-signing-reminders", "--staff-idle-minutes", "20", "--paper-size", "letter"),
        *("--signed-retention-years", "7"),
        *("--allowed-origin", "https://EHR.example.org", "--allowed-origin", "https://other.example/"),
    )
    assert made == migrated.answer("organization", "show", "--organization", "alder")
    assert (made["colour"], made["address"], made["languages"]) == ("#ffee00", "1 Shore Road\nBoise", ["es"])
    assert (made["relativesEndAtAge"], made["signingReminders"], made["staffIdleMinutes"]) == (13, False, 20)
    assert made["allowedOrigins"] == ["https://ehr.example.org", "https://other.example"]
    assert (len(made["logoSha256"]), made["paperSize"], made["signedRetentionYears"]) == (64, "letter", 7)
    assert [place["name"] for place in made["facilities"]] == ["North"]
    said = migrated.run("organization", "show", "--organization", "alder").stdout
    assert "address: 1 Shore Road, Boise\n" in said
    assert "facility: North\n" in said

    logo.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    refused(migrated.run("organization", "update", "--organization", "alder", "--logo", str(logo)), "PNG")
    refused(migrated.run("organization", "update", "--organization", "alder", "--name", " "), "name")
    wild = ("organization", "update", "--organization", "alder", "--allowed-origin", "https://*.example.org")
    refused(migrated.run(*wild), "without a path")
    off = ("organization", "update", "--organization", "alder", "--no-password-sign-in")
    refused(migrated.run(*off), "Set a sign-in provider first")
    gone = migrated.answer(
        *("organization", "update", "--organization", "alder", "--no-logo", "--no-allowed-origins"),
        *("--signed-retention-years", "forever"),
    )
    assert (gone["logoSha256"], gone["allowedOrigins"], gone["signedRetentionYears"]) == (None, [], None)
    refused(migrated.run("organization", "show", "--organization", "nobody"), "organization list")
