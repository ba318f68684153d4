"""Adds and changes contacts."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from clinic.records.access import contact_for_change
from clinic.records.invitation_withdrawal import withdraw_if_address_removed
from clinic.records.models import Contact, ContactEmail, ContactKind, ContactPhone
from clinic.records.pin import renew_pin
from clinic.records.versions import check_version, save_change
from clinic.values.ages import earliest_birth
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.limits import LONGEST_LANGUAGE, LONGEST_PHONE, MOST_EMAILS, MOST_PHONES
from clinic.values.phones import reversed_digits
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems, has_visible, normal_email, search_key
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True)
class ContactFacts:
    """The content of a contact's record. In `emails` and `phones` the primary one comes first."""

    given_name: str
    family_name: str
    kind: ContactKind = ContactKind.CLIENT
    date_of_birth: date | None = None
    language: str = "en"
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()


@dataclass(frozen=True)
class ContactChanges:
    """The fields to change; None leaves a field as it is. `clear_date_of_birth` sets the date of birth to none."""

    given_name: str | None = None
    family_name: str | None = None
    kind: ContactKind | None = None
    date_of_birth: date | None = None
    clear_date_of_birth: bool = False
    language: str | None = None
    emails: Sequence[str] | None = None
    phones: Sequence[str] | None = None


def cleaned(facts: ContactFacts, now: datetime, known: Collection[str] = ()) -> ContactFacts:
    """The facts in the form that is stored. Raises `InvalidInput` with all problems at once.

    `known` are phone numbers that are on record already. They may stay as they are.
    """
    problems = Problems()
    born = facts.date_of_birth
    # The earliest time zone is 14 hours ahead of UTC; no date of birth is later than the date there.
    if born is not None and born > (now + timedelta(hours=14)).date():
        problems.add("dateOfBirth", Problem.BIRTH_IN_THE_FUTURE)
    if born is not None and born < earliest_birth(now.date()):
        problems.add("dateOfBirth", Problem.BIRTH_TOO_LONG_AGO, year=born.year)
    if not _LANGUAGE.fullmatch(facts.language) or len(facts.language) > LONGEST_LANGUAGE:
        problems.add("language", Problem.NO_LANGUAGE_TAG)
    emails = [problems.email(f"emails.{index}", email) for index, email in enumerate(facts.emails[:MOST_EMAILS])]
    if len(facts.emails) > MOST_EMAILS:
        problems.add("emails", Problem.TOO_MANY_ADDRESSES, most=MOST_EMAILS)
    phones = [
        _phone(f"phones.{index}", phone, known, problems) for index, phone in enumerate(facts.phones[:MOST_PHONES])
    ]
    if len(facts.phones) > MOST_PHONES:
        problems.add("phones", Problem.TOO_MANY_PHONES, most=MOST_PHONES)
    result = replace(
        facts,
        given_name=problems.line("givenName", facts.given_name, required=False),
        family_name=problems.line("familyName", facts.family_name, required=False),
        emails=emails,
        phones=phones,
    )
    # Many people have one name only; which of the two it is, staff decide.
    if not has_visible(facts.given_name + facts.family_name):
        problems.add("givenName", Problem.NAME_NEEDED)
    problems.raise_if_any()
    if len({normal_email(email) for email in emails}) < len(emails):
        problems.add("emails", Problem.ADDRESS_TWICE)
    if len({_digits(phone) for phone in phones}) < len(phones):
        problems.add("phones", Problem.PHONE_TWICE)
    problems.raise_if_any()
    return result


@retry_on_conflict
async def create_contact(
    caller: StaffCaller | SystemCaller,
    facts: ContactFacts,
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> Contact:
    """Add a contact with a new PIN; needs MANAGE_CONTACTS. Raises `InvalidInput`."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_CONTACTS)
    facts = cleaned(facts, services.clock.now())
    async with unit_of_work(caller, services, request_key=request_key) as work:
        if work.earlier_result:
            return await Contact.get(id=work.earlier_result)
        contact = await add_contact(facts, work, services)
        work.result_id = contact.id
    return contact


async def add_contact(facts: ContactFacts, work: Work, services: Services) -> Contact:
    """Store a new contact, whose facts are `cleaned`, in an action's transaction."""
    contact = Contact(id=uuid4(), organization_id=work.caller.organization_id, created_at=work.now)
    _set_fields(contact, facts, work.now)
    renew_pin(contact, services)
    await contact.save(force_create=True)
    await _store_addresses(contact, facts)
    work.audit("contact.created", contact)
    return contact


@retry_on_conflict
async def update_contact(
    caller: StaffCaller | SystemCaller,
    contact_id: UUID | None,
    changes: ContactChanges,
    services: Services,
    *,
    version: int | None = None,
) -> Contact:
    """Change a contact; needs MANAGE_CONTACTS. `emails` and `phones` replace the whole list.

    If the address of an invitation is no longer the contact's, the invitation and its unregistered account are
    withdrawn (product §2). Raises `NotFound`, `InvalidInput`, `ChangedMeanwhile`.
    """
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS, archived_too=True)
        before = await facts_of(contact)
        await change_contact(contact, before, _changed(before, changes), work, version=version)
    return contact


async def change_contact(
    contact: Contact, before: ContactFacts, wanted: ContactFacts, work: Work, *, version: int | None = None
) -> bool:
    """Make the locked contact's facts as `wanted`, in an action's transaction. Returns whether anything changed.

    Raises `InvalidInput`, `ChangedMeanwhile`.
    """
    after = cleaned(wanted, work.now, known=before.phones)
    if after == before:
        return False
    await check_version(contact, version)
    _set_fields(contact, after, work.now)
    if list(after.emails) != list(before.emails) or list(after.phones) != list(before.phones):
        await _replace_addresses(contact, after, work)
        work.address_released(*(normal_email(email) for email in before.emails))
    changed = {name: getattr(before, name) for name in _changed_fields(before, after)}
    await save_change(contact, "contact.updated", changed, work)
    return True


async def facts_of(contact: Contact) -> ContactFacts:
    """The current content of the contact's record."""
    emails = await ContactEmail.filter(contact_id=contact.id).order_by("position").values_list("address", flat=True)
    phones = await ContactPhone.filter(contact_id=contact.id).order_by("position").values_list("number", flat=True)
    return ContactFacts(
        given_name=contact.given_name,
        family_name=contact.family_name,
        kind=contact.kind,
        date_of_birth=contact.date_of_birth,
        language=contact.language,
        emails=[str(email) for email in emails],
        phones=[str(phone) for phone in phones],
    )


_PHONE = re.compile(r"[0-9+(][0-9+() ./#*,;-]*(?:\s*(?:x|ext\.?|extension)\s*[0-9]+)?", re.IGNORECASE)
# An internal line may have three digits. E.164 allows 15 and an extension some more.
_FEWEST_DIGITS, _MOST_DIGITS = 3, 24


def _phone(path: str, value: str, known: Collection[str], problems: Problems) -> str:
    """The number as typed, with single spaces. Adds a problem if it can't be a phone number."""
    line = problems.line(path, value, longest=LONGEST_PHONE)
    number = " ".join(line.split())
    digits = len(_digits(number))
    sound = _PHONE.fullmatch(number) and _FEWEST_DIGITS <= digits <= _MOST_DIGITS
    if line and value not in known and not sound:
        problems.add(path, Problem.NO_PHONE)
    return value if value in known else number


def _digits(number: str) -> str:
    """The digits, by which two spellings of one number are the same; the text itself if it has none."""
    return "".join(character for character in number if character.isdigit()) or number


def _changed(before: ContactFacts, changes: ContactChanges) -> ContactFacts:
    wanted = {
        name: value for name, value in vars(changes).items() if value is not None and name != "clear_date_of_birth"
    }
    if changes.clear_date_of_birth:
        wanted["date_of_birth"] = None
    return replace(before, **wanted)


def _changed_fields(before: ContactFacts, after: ContactFacts) -> list[str]:
    return [name for name, value in vars(after).items() if value != getattr(before, name)]


def sort_key(facts: ContactFacts) -> str:
    """The contact's place in lists. Two names that differ by case and accents only have the same."""
    given, family = search_key(facts.given_name)[:400], search_key(facts.family_name)[:400]
    return f"{family}\t{given}" if family else given


def _set_fields(contact: Contact, facts: ContactFacts, now: datetime) -> None:
    contact.kind = facts.kind
    contact.given_name, contact.family_name = facts.given_name, facts.family_name
    contact.given_key, contact.family_key = search_key(facts.given_name)[:400], search_key(facts.family_name)[:400]
    contact.sort_key = sort_key(facts)
    contact.date_of_birth = facts.date_of_birth
    contact.language = facts.language
    contact.updated_at = now


async def _store_addresses(contact: Contact, facts: ContactFacts) -> None:
    whose = {"organization_id": contact.organization_id, "contact_id": contact.id}
    await ContactEmail.bulk_create(
        ContactEmail(position=position, address=email, address_normal=normal_email(email), **whose)
        for position, email in enumerate(facts.emails)
    )
    await ContactPhone.bulk_create(
        ContactPhone(position=position, number=number, reversed_digits=reversed_digits(number), **whose)
        for position, number in enumerate(facts.phones)
    )


async def _replace_addresses(contact: Contact, facts: ContactFacts, work: Work) -> None:
    await ContactEmail.filter(contact_id=contact.id).delete()
    await ContactPhone.filter(contact_id=contact.id).delete()
    await _store_addresses(contact, facts)
    await withdraw_if_address_removed(contact, [normal_email(email) for email in facts.emails], work)
