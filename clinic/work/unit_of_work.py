"""The unit of work of an action: one transaction for its rows, its audit events and its announcements."""

import asyncio
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ParamSpec, TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from clinic.database.faults import Fault, fault_of
from clinic.throttling.throttle import AUDIT_PER_PATIENT, AUDIT_PER_STAFF, SYNC_PER_STAFF, Throttle, count_attempt
from clinic.values.callers import Anonymous, Caller, PatientCaller, StaffCaller
from clinic.values.ports import Services
from clinic.work import idempotency as idempotency
from clinic.work.announcing import Concerned, announce
from clinic.work.audit_chain import Entry, append, lock_chain
from clinic.work.idempotency import IdempotencyKey
from clinic.work.webhook_outbox import queue_webhooks

P = ParamSpec("P")
R = TypeVar("R")

_MAX_ATTEMPTS = 5
_READ = frozenset({"contact.viewed", "contacts.listed", "portal_pin.read"})


class Work:
    """What an action notes while its transaction is open.

    Before the commit the audit events are appended, which locks the practice's audit chain. Then the contacts that the
    change concerns are announced to staff screens (`announcing`): those that the audited records belong to, and those
    that the action named. Last, their portal states are stored, and webhooks are queued (`webhook_outbox`).
    """

    def __init__(self, caller: Caller, now: datetime, earlier_result: UUID | None) -> None:
        self.caller = caller
        self.now = now
        self.earlier_result = earlier_result
        # One record of many that a sync or an import makes so: bounded apart from what is done by hand.
        self.is_of_sync = False
        self.result_id: UUID | None = None
        self._entries: list[Entry] = []
        self._concerned: list[Concerned] = []
        self._released_addresses: set[str] = set()

    def audit(self, action: str, subject: Model, *, reason: str = "", **details: object) -> None:
        """Add an audit event. Details are ids and codes, never names, addresses or secrets."""
        kind = type(subject).__name__
        texts = {name: str(value) for name, value in details.items()}
        self._entries.append(Entry(action, kind, subject.pk, reason, texts))

    def concerns(self, *contact_ids: UUID) -> None:
        """Name contacts whose icon this change may alter, besides those that the audited records belong to."""
        self._concerned.extend(("Contact", contact_id) for contact_id in contact_ids)

    def concerns_documents(self, *contact_ids: UUID) -> None:
        """Name contacts whose list of documents this change alters, where no row leads to them any more."""
        self._concerned.extend(("ContactDocuments", contact_id) for contact_id in contact_ids)

    def concerns_account(self, account_id: UUID) -> None:
        """Name an account: its contact is concerned, and so is each contact that has the account's address."""
        self._concerned.append(("PortalAccount", account_id))

    def address_released(self, *addresses: str) -> None:
        """Name addresses, in normal form, that a record or an account no longer has.

        Nothing leads from the changed rows to the other contacts with these addresses any more.
        """
        self._released_addresses.update(addresses)

    async def announce(self, services: Services) -> None:
        """Announce the change and store the portal states that it concerns. Call it after `write_audit`.

        Under the lock of the audit chain this sees all changes of the practice before this one. So two changes at the
        same time never leave the state that one of them alone would have led to.
        """
        organization_id = self.caller.organization_id
        if not self._entries and (self._concerned or self._released_addresses):
            await lock_chain(organization_id)
        concerned = await announce(self._entries, self._concerned, self._released_addresses, organization_id, self.now)
        if concerned:
            await services.store_states(organization_id, concerned)
        await queue_webhooks(self._entries, concerned, organization_id, self.now)

    async def write_audit(self, services: Services) -> None:
        """Raises `TooManyAttempts`, and so undoes the action, for a person who has caused too many events."""
        if self._entries and (bound := self._bound()):
            await count_attempt(*bound, services.clock)
        await append(self._entries, self.caller, self.now, services.secrets)

    def _bound(self) -> tuple[Throttle, str] | None:
        """The limit that the events count for: that of the person who acts, or of the account that signs in; else None.

        They are counted apart, so that neither a stolen session nor repeated sign-ins use up the owner's way by a
        mailed link. All else that is done without a session has limits of its own or works once.
        """
        first = self._entries[0]
        if isinstance(self.caller, StaffCaller):
            # What staff have read is recorded after it was shown, so it is never refused. It is bounded by itself: each
            # contact counts once an hour.
            if first.action in _READ:
                return None
            person = str(self.caller.program_id or self.caller.staff_member_id)
            return (SYNC_PER_STAFF if self.is_of_sync else AUDIT_PER_STAFF), person
        if isinstance(self.caller, PatientCaller):
            return AUDIT_PER_PATIENT, str(self.caller.account_id)
        signs_in = isinstance(self.caller, Anonymous) and first.action == "portal_account.signed_in"
        return (AUDIT_PER_PATIENT, f"{first.action} {first.subject_id}") if signs_in else None


@asynccontextmanager
async def unit_of_work(
    caller: Caller, services: Services, *, request_key: IdempotencyKey | None = None
) -> AsyncIterator[Work]:
    """The one transaction of an action.

    If an earlier request used the same idempotency key, `earlier_result` is the id of the record that it made; then the
    action returns that record and changes nothing. Otherwise the action sets `result_id` before it ends.
    """
    async with in_transaction():
        now = services.clock.now()
        earlier = await idempotency.claim(request_key, caller, now) if request_key else None
        work = Work(caller, now, earlier)
        yield work
        if request_key and earlier is None and work.result_id is not None:
            await idempotency.store_result(request_key, caller, work.result_id)
        await work.write_audit(services)
        await work.announce(services)


@asynccontextmanager
async def while_nobody_changes(organization_id: UUID) -> AsyncIterator[None]:
    """A transaction during which no unit of work of the organization ends, so that what it reads is complete."""
    async with in_transaction():
        await lock_chain(organization_id)
        yield


class _Undone(Exception):
    """Ends a rehearsal."""


@asynccontextmanager
async def rehearsal(caller: Caller, services: Services) -> AsyncIterator[Work]:
    """A unit of work that writes everything, and is then undone: it raises what a real one would raise now."""
    try:
        async with in_transaction():
            async with unit_of_work(caller, services) as work:
                yield work
            raise _Undone
    except _Undone:
        pass


def retry_on_conflict(action: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Run an action again after a conflict with a concurrent transaction.

    A unique constraint, a deadlock or a serialization failure means that the data read by the action has changed. The
    next run sees the other transaction's changes. An action checks its input before it writes, so an error after the
    last attempt is a defect and propagates.
    """

    @functools.wraps(action)
    async def retried(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, _MAX_ATTEMPTS):
            try:
                return await action(*args, **kwargs)
            except (IntegrityError, OperationalError) as problem:
                if not isinstance(problem, IntegrityError) and fault_of(problem) is not Fault.PASSING:
                    raise
                await asyncio.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311 - jitter, not a secret
        return await action(*args, **kwargs)

    return retried
