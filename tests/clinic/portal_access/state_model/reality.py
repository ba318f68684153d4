"""What the database holds of one practice, in the words of the reference model; and the letters people received."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from clinic.database.rows import fetch
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter as SentLetter
from clinic.mail.models import LetterStatus
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.organizations.models import Organization
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import ContactPortalState
from clinic.portal_access.status import StatusFacts, decide
from clinic.records.models import Contact as Record
from clinic.records.models import Relationship
from clinic.sessions.models import PatientSession
from clinic.values.callers import Anonymous, Origin, PatientCaller, Permission, StaffCaller
from clinic.values.change import ChangeKind
from clinic.work.changes import changes_after
from tests.clinic.portal_access.state_model.words import Letter
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice
from tests.factories.chains import verify_chain
from tests.factories.contents import COUNTED_ALWAYS, models
from tests.factories.letters import text_of

# Four people's addresses, each as different people type it.
SPELLINGS = {
    "ana": ("ana@example.com", "Ana@EXAMPLE.com", "ana@example.com."),
    "ben": ("ben+kids@example.org", "Ben+Kids@example.org"),
    "zoë": ("zoë@bücher.example", "ZOË@bücher.example", "zoë@xn--bcher-kva.example"),
    "kim": ("kim@example.net", "ｋｉｍ@example.net"),
}
WHOSE = {spelled: name for name, spellings in SPELLINGS.items() for spelled in spellings}

OF_AGE = 18

_requests = count(1)
_TOKEN = re.compile(r"https://\S+/([\w-]{40,})")

_ACCOUNTS = """
SELECT a.email, a.id, a.registered_at IS NOT NULL, a.email_verified_at IS NOT NULL, a.disabled_at IS NOT NULL,
  l.contact_id, l.identity_confirmed_at IS NOT NULL,
  EXISTS (SELECT 1 FROM patient_session s WHERE s.account_id = a.id AND s.ended_at IS NULL)
FROM portal_account a LEFT JOIN portal_link l ON l.account_id = a.id AND l.unlinked_at IS NULL
WHERE a.organization_id = $1 AND a.withdrawn_at IS NULL
"""
# Each line is a rule that is broken: a live link, an open invitation or token, a session, of an account withdrawn.
_LEFT_OVER = """
SELECT count(*) FROM portal_account a WHERE a.organization_id = $1 AND a.withdrawn_at IS NOT NULL AND (
  EXISTS (SELECT 1 FROM portal_link l WHERE l.account_id = a.id AND l.unlinked_at IS NULL)
  OR EXISTS (SELECT 1 FROM invitation i WHERE i.account_id = a.id AND i.closed_at IS NULL)
  OR EXISTS (SELECT 1 FROM patient_session s WHERE s.account_id = a.id AND s.ended_at IS NULL))
"""
_INVITATIONS = """
SELECT a.email FROM invitation i JOIN portal_account a ON a.id = i.account_id
WHERE i.organization_id = $1 AND i.closed_at IS NULL
"""


@dataclass
class Reality:
    """One practice behind the product's own actions."""

    practice: Practice
    clock: FixedClock
    mailbox: Mailbox
    desk: StaffCaller
    reviewer: StaffCaller
    records: list[UUID] = field(default_factory=list)
    pins: dict[UUID, list[str]] = field(default_factory=dict)
    account_ids: dict[str, UUID] = field(default_factory=dict)
    tokens: dict[Letter, str] = field(default_factory=dict)
    relations: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)

    @classmethod
    async def begin(cls, slug: str) -> "Reality":
        # Letters are sent for all practices at once; those of an earlier walk stay where they are.
        await SentLetter.filter(status=LetterStatus.QUEUED).update(status=LetterStatus.CANCELLED)
        await Organization.filter(relatives_end_at_age__not_isnull=True).update(relatives_end_at_age=None)
        clock, mailbox = FixedClock(), Mailbox()
        practice = await open_practice(make_services(clock, mailbox), slug=slug)
        manager = await practice.staff(Permission.MANAGE_ORGANIZATION)
        rule = OrganizationChanges(relatives_end_at_age=OF_AGE, ageing_warning_days=30)
        await update_organization(manager, rule, practice.services)
        desk, reviewer = [await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS) for _ in range(2)]
        return cls(practice, clock, mailbox, desk, reviewer)

    @property
    def stranger(self) -> Anonymous:
        """Each request comes from a network of its own, so that none is ever asked to pause."""
        number = next(_requests)
        origin = Origin(f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1", "test", f"request-{number}")
        return Anonymous(self.practice.organization.id, origin)

    def note(self, result: object) -> None:
        """Know a new record when it is made."""
        if isinstance(result, Record) and result.id not in self.records:
            self.records.append(result.id)
        if isinstance(result, Relationship):
            self.relations[result.client_id, result.relative_id] = result.id

    async def person(self, address: str) -> PatientCaller:
        """The person signed in with this address."""
        account_id = self.account_ids[address]
        session = await PatientSession.filter(account_id=account_id, ended_at=None).order_by("-created_at").first()
        assert session is not None
        nobody = self.stranger
        return PatientCaller(nobody.organization_id, account_id, session.id, nobody.origin)

    async def deliver(self, expected: Iterable[Letter]) -> None:
        """Send what waits; the same letters as the model's must leave, to the same people."""
        before = len(self.mailbox.letters)
        while await deliver_due_letters(self.practice.services, worker_name="worker-1"):
            pass
        sent = {message["Message-ID"]: message for message in self.mailbox.letters[before:]}
        rows = await SentLetter.filter(message_id__in=list(sent)).order_by("created_at") if sent else []
        arrived = [(row.kind.value, WHOSE[row.to_address], row) for row in rows]
        for letter in expected:
            found = next((one for one in arrived if one[:2] == (letter.kind, letter.to)), None)
            assert found is not None, f"{letter.kind} to {letter.to} did not leave"
            arrived.remove(found)
            link = _TOKEN.search(text_of(sent[found[2].message_id]))
            assert (link is not None) == (letter.right is not None)
            if link:
                self.tokens[letter] = link[1]
        assert not arrived, f"left besides: {[one[:2] for one in arrived]}"

    async def states(self) -> list[str]:
        """The icon of every contact."""
        facts = await status_facts(self.records)
        return [decide(facts[record_id])[0].value for record_id in self.records]

    async def stored_states(self) -> list[str]:
        """The icon of every contact, as lists find it."""
        stored = {row.id: row.state for row in await ContactPortalState.filter(id__in=self.records)}
        return [stored[record_id] for record_id in self.records]

    async def facts(self) -> dict[UUID, StatusFacts]:
        """All that decides and tells each contact's icon; none of it changes by the mere passage of time."""
        return await status_facts(self.records)

    async def unannounced(self, before: dict[UUID, StatusFacts], number: int) -> list[int]:
        """Whose icons rest on other facts than `before`, without an announcement later than `number`."""
        told = {
            change.contact_id
            for _, change in await changes_after(number)
            if change.kind is ChangeKind.PORTAL_STATUS and change.organization_id == self.practice.organization.id
        }
        after = await self.facts()
        return [
            n for n, one in enumerate(self.records) if after[one] != before.get(one, after[one]) and one not in told
        ]

    async def accounts(self) -> "Counter[tuple[object, ...]]":
        """Live accounts: address, registered, verified, disabled, linked to which contact, confirmed, signed in."""
        rows = await fetch(_ACCOUNTS, self.practice.organization.id)
        self.account_ids = {WHOSE[row[0]]: UUID(str(row[1])) for row in rows}
        numbers = {record_id: number for number, record_id in enumerate(self.records)}
        return Counter(
            (
                WHOSE[row[0]],
                *(bool(value) for value in row[2:5]),
                numbers[UUID(str(row[5]))] if row[5] else None,
                bool(row[6]),
                bool(row[7]),
            )
            for row in rows
        )

    async def open_invitations(self) -> "Counter[str]":
        """Whose accounts can be registered by invitation."""
        return Counter(WHOSE[row[0]] for row in await fetch(_INVITATIONS, self.practice.organization.id))

    async def left_over(self) -> int:
        """Accounts that were withdrawn and still open something."""
        [(count,)] = await fetch(_LEFT_OVER, self.practice.organization.id)
        return int(count)

    async def renewed_pins(self) -> list[int]:
        """How often each contact's PIN changed. A PIN that comes back would count as none."""
        decrypt = self.practice.services.secrets.decrypt
        found = {record.id: decrypt(record.pin_encrypted) for record in await Record.filter(id__in=self.records)}
        for record_id, pin in found.items():
            known = self.pins.setdefault(record_id, [])
            if not known or known[-1] != pin:
                known.append(pin)
        return [len(self.pins[record_id]) - 1 for record_id in self.records]

    async def relations_seen(self) -> "Counter[tuple[object, ...]]":
        """Who is whose relative: client, relative, whether the portal is open to them, and the last day if any."""
        numbers = {record_id: number for number, record_id in enumerate(self.records)}
        rows = await Relationship.filter(organization_id=self.practice.organization.id)
        return Counter((numbers[r.client_id], numbers[r.relative_id], r.portal_access, r.ends_on) for r in rows)

    async def chain_broken_at(self) -> int | None:
        """Where the audit chain does not verify."""
        return (await verify_chain(self.practice.organization.id)).broken_at

    async def everything(self) -> "Counter[tuple[str, str]]":
        """Every row of the practice as text, in one statement; only counted attempts are nobody's."""
        rows = await fetch(_every_row(), self.practice.organization.id)
        return Counter((str(row[0]), str(row[1])) for row in rows)


def _every_row() -> str:
    selects = []
    for model in models():
        columns = model._meta.fields_db_projection.values()
        if "organization_id" in columns and model._meta.db_table not in COUNTED_ALWAYS:
            text = " || '|' || ".join(f"coalesce(CAST({column} AS TEXT), '-')" for column in sorted(columns))
            selects.append(
                f"SELECT '{model._meta.db_table}', {text} FROM {model._meta.db_table} WHERE organization_id = $1"  # noqa: S608
            )
    return " UNION ALL ".join(selects)
