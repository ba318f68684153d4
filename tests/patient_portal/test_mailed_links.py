"""A letter's link opens its page, whatever a mail program or a hand has put behind it."""

import pytest
from starlette.applications import Starlette

from tests.factories.contents import nothing_changes
from tests.patient_portal.people import walk_in
from tests.patient_portal.practice import EMAIL, Practice, Visitor

BEHIND = ["/", ".", ")", ">", ",", "%20", "%2520", "%E2%80%8B", "%22", "'", ").", "%C2%BB", "%3E%0A"]


@pytest.mark.parametrize("behind", BEHIND)
async def test_invitation_opens_with_something_behind_it(practice: Practice, visitor: Visitor, behind: str) -> None:
    link = await practice.invite()
    async with nothing_changes():
        page = await visitor.follow(link + behind)
    assert page.status == 200
    assert page.fields["token"] == link.rpartition("/")[2]


async def test_link_for_a_new_password_opens_with_something_behind_it(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    await visitor.fill("/willow-creek/forgot", email=EMAIL)
    link = await practice.next_link()
    for behind in BEHIND:
        page = await Visitor(app).follow(link + behind)
        assert (page.status, page.fields["token"]) == (200, link.rpartition("/")[2])


@pytest.mark.parametrize("change", ["x", "/x", ".x", "-", "%20x", "/" * 400])
async def test_another_token_is_not_taken_for_it(practice: Practice, visitor: Visitor, change: str) -> None:
    link = await practice.invite()
    assert (await visitor.follow(link + change)).status == 404
    assert (await visitor.follow(link[:-1])).status == 404
