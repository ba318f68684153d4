"""What `bench.outages` calls lost, doubled, stuck or wrong: its count finds each of them."""

from datetime import UTC, datetime

import pytest

from bench.outages import SCRIPTS, Disturbance, Scripted, report, script_of
from clinic.mail.models import Letter, LetterKind, LetterStatus

NOW = datetime(2030, 1, 2, tzinfo=UTC)


def letter(script: str, status: LetterStatus) -> Letter:
    return Letter(
        to_address=f"{script}+0@example.com",
        kind=LetterKind.PORTAL_INVITATION,
        message_id="<one@example.com>",
        status=status,
        created_at=NOW,
        next_attempt_at=NOW,
    )


def violations(script: str, status: LetterStatus, taken: int, did: Disturbance) -> int:
    inbox = Scripted()
    inbox.taken.update({"<one@example.com>": taken} if taken else {})
    return report("sqlite", [letter(script, status)], inbox, did)


@pytest.mark.parametrize(
    ("script", "status", "taken", "expected"),
    [
        ("accepts", LetterStatus.SENT, 1, 0),
        ("refuses", LetterStatus.BOUNCED, 0, 0),
        # Marked as sent and never handed over, or given up.
        ("accepts", LetterStatus.SENT, 0, 1),
        ("later", LetterStatus.BOUNCED, 0, 1),
        # Handed over twice although nobody was killed.
        ("accepts", LetterStatus.SENT, 2, 1),
        # It still waits.
        ("accepts", LetterStatus.QUEUED, 0, 1),
        # Refused for good and not shown so.
        ("refuses-text", LetterStatus.SENT, 0, 1),
    ],
)
def test_what_went_wrong_is_counted(script: str, status: LetterStatus, taken: int, expected: int) -> None:
    assert violations(script, status, taken, Disturbance()) == expected


def test_a_letter_may_come_again_for_each_kill() -> None:
    assert violations("accepts", LetterStatus.SENT, 2, Disturbance(kills=1)) == 0
    assert violations("accepts", LetterStatus.SENT, 3, Disturbance(kills=1)) == 1


def test_there_are_twenty_scripts_and_each_address_names_one() -> None:
    assert len(SCRIPTS) == 20
    assert {script_of(f"{name}+7@example.com") for name in SCRIPTS} == set(SCRIPTS)
