"""Wherever a password is chosen, a password manager finds the address it belongs to."""

import re

from starlette.applications import Starlette

from tests.patient_portal.people import walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Page, Practice, Visitor

_FIELD = re.compile(r'<input[^>]*autocomplete="username"[^>]*>')


def username_beside_new_password(page: Page) -> str:
    """The value of the one field for the address, which stands before the new password in the same form."""
    [form] = [one for one in re.findall(r"<form.*?</form>", page.response.text, re.S) if "new-password" in one]
    [field] = _FIELD.findall(form)
    assert form.index(field) < form.index('autocomplete="new-password"')
    assert 'type="email"' in field
    value = re.search(r'value="([^"]*)"', field)
    return value[1] if value else ""


async def test_invitation_leaves_the_address_to_the_password_manager(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.follow(await practice.invite())
    assert username_beside_new_password(page) == ""
    assert EMAIL not in page.response.text
    [field] = _FIELD.findall(page.response.text)
    assert "readonly" not in field


async def test_change_and_reset(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await walk_in(visitor, practice)
    page = await visitor.follow("/willow-creek/account/password")
    assert username_beside_new_password(page) == EMAIL
    wrong = await visitor.send(page, current="not my password at all", password="another fine pass phrase")
    assert username_beside_new_password(wrong) == EMAIL
    elsewhere = Visitor(app)
    await elsewhere.fill("/willow-creek/forgot", email=EMAIL)
    assert username_beside_new_password(await elsewhere.follow(await practice.next_link())) == EMAIL


async def test_registering_alone_and_confirming_elsewhere(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    page = await visitor.follow("/willow-creek/register")
    assert username_beside_new_password(page) == ""
    await visitor.send(page, email="ana@example.com", password=PASSWORD)
    link = await practice.next_link()
    assert username_beside_new_password(await Visitor(app).follow(link)) == "ana@example.com"


async def test_programs_only_field_is_passed_by(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    page = await visitor.follow("/willow-creek/account/password")
    [field] = _FIELD.findall(page.response.text)
    for attribute in ("readonly", 'tabindex="-1"', 'aria-hidden="true"', 'class="unseen"'):
        assert attribute in field
    assert " name=" not in field
