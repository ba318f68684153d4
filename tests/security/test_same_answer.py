"""Whoever asks at a door learns nothing about an address: the answers of eight kinds are the same, byte for byte.

That they take the same time is measured, not tested: time on a busy machine is noise. `python -m bench.enumeration`
prints how well time tells known addresses from unknown ones; the last test only shows that it would notice.
"""

import re
from collections import Counter
from dataclasses import dataclass

import httpx2
import pytest
from starlette.applications import Starlette

from bench.enumeration import Asked, auc, interleaved
from clinic.mail.models import Letter
from clinic.portal_access.models import AccountToken, Invitation
from tests.factories import Practice
from tests.security.conftest import API_URL, PORTAL_URL
from tests.security.doors import DOORS, Door, Doorstep
from tests.security.kinds_of_address import Kind, addresses, make_people

# Differ at every request, whoever asks: its number, its time, and what a browser is given to be known by.
_OF_THE_REQUEST = frozenset({"date", "x-request-id"})
_FORMS_OWN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Answer:
    """What somebody can tell answers apart by."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def of(cls, response: httpx2.Response, address: str) -> "Answer":
        headers = [
            (name, value.partition("=")[0] if name == "set-cookie" else value)
            for name, value in response.headers.multi_items()
            if name not in _OF_THE_REQUEST
        ]
        body = _FORMS_OWN.sub("", response.text).replace(address, "")
        return cls(response.status_code, tuple(sorted(headers)), body)


@pytest.fixture
def step(api: Starlette, portal: Starlette) -> Doorstep:
    return Doorstep(
        "willow-creek",
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=portal), base_url=PORTAL_URL),
    )


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
async def test_answer_is_the_same_for_eight_kinds_of_address_and_only_the_outbox_tells(
    door: Door, practice: Practice, other_practice: Practice, step: Doorstep
) -> None:
    await make_people(practice, other_practice, "test", 1)
    await door.open(step)
    answers: dict[tuple[Answer, ...], list[str]] = {}
    for kind in Kind:
        [address] = addresses(kind, "test", 1)
        given = await door.knock(step, address)
        seen = [Answer.of(given, address)]
        if "location" in given.headers:
            seen.append(Answer.of(await step.portal.get(given.headers["location"]), address))
        answers.setdefault(tuple(seen), []).append(kind.name)
    assert list(answers.values()) == [[kind.name for kind in Kind]]
    # The door was open: no forged form, no pause, no defect, which would be the same for everybody too.
    assert {answer.status for answer in next(iter(answers))} <= {200, 303, 422}

    letters = Counter(await Letter.all().values_list("organization_id", "to_address"))
    assert letters == {(practice.organization.id, addresses(kind, "test", 1)[0]): 1 for kind in door.writes_to}


async def test_asking_about_another_practices_account_touches_nothing_of_it(
    practice: Practice, other_practice: Practice, step: Doorstep
) -> None:
    await make_people(practice, other_practice, "test", 1)
    for door in DOORS:
        await door.knock(step, addresses(Kind.ELSEWHERE, "test", 1)[0])
    theirs = {"organization_id": other_practice.organization.id}
    assert await AccountToken.filter(**theirs).count() == 0
    assert await Invitation.filter(**theirs).count() == 0


async def test_the_measure_of_time_notices_a_difference_and_invents_none(
    practice: Practice, other_practice: Practice, step: Doorstep
) -> None:
    """The script's machinery on a few requests. How close to 0.5 a door is stays the script's to say."""
    await make_people(practice, other_practice, "test", 2)
    asked = [Asked(kind is not Kind.UNKNOWN, addresses(kind, "test", 2)[n]) for n in range(2) for kind in Kind]
    times = await interleaved(DOORS[0], step, asked, at_once=1)
    assert len(times.known) == 14
    assert len(times.unknown) == 2
    assert all(seconds > 0 for seconds in [*times.known, *times.unknown])
    assert auc([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0.5
    assert auc([1.0, 1.0], [2.0, 3.0]) == 1.0
    assert auc([2.0, 3.0], [1.0, 1.0]) == 0.0
    assert auc([1.0, 3.0], [2.0, 4.0]) == 0.75
