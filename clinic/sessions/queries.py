"""Finds the caller of a token, and lists a person's sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from clinic.database.rows import Row, as_datetime, as_uuid, fetch
from clinic.portal_access.models import PortalAccount
from clinic.sessions.actions import BROWSER_IDLE, sessions_of, staff_idle
from clinic.sessions.models import PatientSession, SessionKind, StaffSession
from clinic.staff.models import StaffMember, permissions_from_text
from clinic.throttling.throttle import network_of
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.values.ports import Services
from clinic.values.tokens import hash_token

# How often `last_seen_at` is written, at most.
_SEEN_INTERVAL = timedelta(minutes=1)

# Whether the member can only add a second factor: the practice asks for one, or a manager has reset it.
_MUST_ADD_FACTOR = """
  NOT m.machine AND (o.require_staff_second_factor OR m.must_add_factor)
  AND NOT EXISTS (SELECT 1 FROM passkey p WHERE p.staff_member_id = m.id)
  AND NOT EXISTS (SELECT 1 FROM totp t WHERE t.staff_member_id = m.id) AS must_add_factor
"""

# $2 is the present moment.
_HAS_ACCESS = "m.disabled_at IS NULL AND (m.access_ends_at IS NULL OR m.access_ends_at > $2)"

# A program's session has no idle time: it ends after minutes anyway.
_IDLE_MINUTES = "CASE WHEN s.program_id IS NULL THEN o.staff_idle_minutes ELSE 0 END AS staff_idle_minutes"

# A program acts with the permissions that both it and its staff member have, until either is disabled.
_STAFF_COLUMNS = f"m.permissions, p.permissions AS program_permissions, s.program_id, {_IDLE_MINUTES}"
_STAFF_TABLES = """
  staff_session s JOIN staff_member m ON m.id = s.staff_member_id
  JOIN organization o ON o.id = s.organization_id LEFT JOIN staff_member p ON p.id = s.program_id
"""

_BY_ACCESS_HASH = f"""
SELECT 'staff' AS kind, s.id AS session_id, s.organization_id, m.id AS person_id, o.time_zone, s.last_seen_at,
  {_STAFF_COLUMNS}, {_MUST_ADD_FACTOR}
FROM {_STAFF_TABLES}
WHERE s.access_hash = $1 AND s.kind = 'api' AND s.ended_at IS NULL AND s.access_expires_at > $2
  AND s.expires_at > $2 AND {_HAS_ACCESS} AND p.disabled_at IS NULL
UNION ALL
SELECT 'patient', s.id, s.organization_id, a.id, '', s.last_seen_at, '', '', NULL, 0, false
FROM patient_session s JOIN portal_account a ON a.id = s.account_id
WHERE s.access_hash = $1 AND s.kind = 'api' AND s.ended_at IS NULL AND s.access_expires_at > $2
  AND s.expires_at > $2 AND a.disabled_at IS NULL AND a.withdrawn_at IS NULL
"""


async def caller_by_access_token(
    token: str, origin: Origin, now: datetime, *, activity: bool = False
) -> StaffCaller | PatientCaller | None:
    """The caller of a bearer token, with their current permissions; None if the token is invalid or was idle too long.

    `activity` extends the idle time: a request does, a refresh or a screen that listens does not. One statement, and
    with `activity`, at most once a minute, another that writes `last_seen_at`.
    """
    rows = [row for row in await fetch(_BY_ACCESS_HASH, hash_token(token), now) if not _was_idle(row, now)]
    if not rows:
        return None
    caller = _caller(rows[0], origin)
    if activity and now - as_datetime(rows[0]["last_seen_at"]) > _SEEN_INTERVAL:
        model = StaffSession if isinstance(caller, StaffCaller) else PatientSession
        await model.filter(id=caller.session_id, kind=SessionKind.API).update(last_seen_at=now)
    return caller


_BY_SESSION = f"""
SELECT 'staff' AS kind, s.id AS session_id, s.organization_id, m.id AS person_id, o.time_zone, s.last_seen_at,
  {_STAFF_COLUMNS}, {_MUST_ADD_FACTOR}
FROM {_STAFF_TABLES}
WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND {_HAS_ACCESS} AND p.disabled_at IS NULL
UNION ALL
SELECT 'patient', s.id, s.organization_id, a.id, '', s.last_seen_at, '', '', NULL, 0, false
FROM patient_session s JOIN portal_account a ON a.id = s.account_id
WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND (s.kind = 'api' OR s.last_seen_at > $3)
  AND a.disabled_at IS NULL AND a.withdrawn_at IS NULL
"""


async def caller_of_session(session_id: UUID, origin: Origin, now: datetime) -> StaffCaller | PatientCaller | None:
    """The caller of a session, with their current permissions; None if the session has ended.

    For tokens that were issued in the session and are presented without the session's own token. One statement.
    """
    found = await fetch(_BY_SESSION, session_id, now, now - BROWSER_IDLE)
    rows = [row for row in found if not _was_idle(row, now)]
    return _caller(rows[0], origin) if rows else None


def _was_idle(row: Row, now: datetime) -> bool:
    """Whether a staff session was idle for as long as its organization allows (product §6)."""
    minutes = row["staff_idle_minutes"]
    return bool(minutes) and as_datetime(row["last_seen_at"]) <= now - timedelta(minutes=minutes)


def _caller(row: Row, origin: Origin) -> StaffCaller | PatientCaller:
    whose = (as_uuid(row["organization_id"]), as_uuid(row["person_id"]), as_uuid(row["session_id"]))
    if row["kind"] == "patient":
        return PatientCaller(*whose, origin)
    must_add, program = bool(row["must_add_factor"]), row["program_id"]
    program_id = as_uuid(program) if program else None
    return StaffCaller(*whose, _usable(row), origin, row["time_zone"], must_add, program_id)


def _usable(row: Row) -> frozenset[Permission]:
    """The permissions that work today."""
    if row["must_add_factor"]:
        return frozenset()
    own = permissions_from_text(row["permissions"])
    return own & permissions_from_text(row["program_permissions"]) if row["program_id"] else own


_STAFF_SESSIONS = f"""
SELECT s.id, s.access_hash, s.last_seen_at, {_STAFF_COLUMNS}, {_MUST_ADD_FACTOR}
FROM {_STAFF_TABLES}
WHERE s.id {{in_1}} AND s.kind = 'api' AND s.ended_at IS NULL AND s.access_expires_at > $2
  AND s.expires_at > $2 AND {_HAS_ACCESS} AND p.disabled_at IS NULL
"""


async def valid_staff_sessions(ids: Sequence[UUID], now: datetime) -> dict[UUID, tuple[str, frozenset[Permission]]]:
    """For each session with a valid access token: the token's hash and the current permissions. One statement."""
    rows = [row for row in await fetch(_STAFF_SESSIONS, list(ids), now) if not _was_idle(row, now)]
    return {as_uuid(row["id"]): (row["access_hash"], _usable(row)) for row in rows}


_BY_BROWSER_SESSION = """
SELECT s.id, s.account_id, s.last_seen_at, a.email
FROM patient_session s JOIN portal_account a ON a.id = s.account_id
WHERE s.access_hash = $1 AND s.organization_id = $2 AND s.kind = 'browser' AND s.ended_at IS NULL
  AND s.expires_at > $3 AND s.last_seen_at > $4 AND a.disabled_at IS NULL AND a.withdrawn_at IS NULL
"""


@dataclass(frozen=True)
class BrowserSession:
    """A person's session in a browser, and the address with which they signed in."""

    caller: PatientCaller
    email: str = field(repr=False)


async def browser_session(
    organization_id: UUID, token: str, origin: Origin, services: Services
) -> BrowserSession | None:
    """The session of a portal cookie at this organization; None if the cookie is invalid here.

    Each request extends the idle time. `last_seen_at` is written at most once a minute.
    """
    now = services.clock.now()
    rows = await fetch(_BY_BROWSER_SESSION, hash_token(token), organization_id, now, now - BROWSER_IDLE)
    if not rows:
        return None
    [row] = rows
    session_id = as_uuid(row["id"])
    if now - as_datetime(row["last_seen_at"]) > _SEEN_INTERVAL:
        await PatientSession.filter(id=session_id, kind=SessionKind.BROWSER).update(last_seen_at=now)
    caller = PatientCaller(organization_id, as_uuid(row["account_id"]), session_id, origin)
    return BrowserSession(caller, str(row["email"]))


# How long a network counts as one that the person signs in from.
_KNOWN_FOR = timedelta(days=90)


async def account_known_from(account: PortalAccount | None, address: str | None, now: datetime) -> bool:
    """Whether the account was signed in to from this network before. One statement, also for no account."""
    return await _known_from(PatientSession.filter(account_id=account.id if account else uuid4()), address, now)


async def member_known_from(member: StaffMember | None, address: str | None, now: datetime) -> bool:
    """Whether the staff member signed in from this network before. One statement, also for nobody."""
    return await _known_from(_of_persons(member.id if member else uuid4()), address, now)


def _of_persons(*member_ids: UUID) -> QuerySet[StaffSession]:
    """The sessions that the members themselves opened: where a program is says nothing about them."""
    return StaffSession.filter(staff_member_id__in=member_ids, program_id=None)


async def _known_from(sessions: QuerySet[Any], address: str | None, now: datetime) -> bool:
    recent = sessions.filter(created_at__gt=now - _KNOWN_FOR).exclude(address="")
    networks = {network_of(str(found)) for found in await recent.distinct().values_list("address", flat=True)}
    return address is not None and network_of(address) in networks


async def addresses_of_accounts(account_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[str]]:
    """The addresses that each account was signed in from lately. One statement."""
    return await _addresses(PatientSession.filter(account_id__in=list(account_ids)), "account_id", now)


async def addresses_of_members(member_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[str]]:
    """The addresses that each staff member signed in from lately. One statement."""
    return await _addresses(_of_persons(*member_ids), "staff_member_id", now)


async def _addresses(sessions: QuerySet[Any], whose: str, now: datetime) -> dict[UUID, list[str]]:
    recent = sessions.filter(created_at__gt=now - _KNOWN_FOR).exclude(address="")
    found: dict[UUID, list[str]] = {}
    for person_id, address in await recent.distinct().values_list(whose, "address"):
        found.setdefault(UUID(str(person_id)), []).append(str(address))
    return found


@dataclass(frozen=True)
class SessionView:
    """A valid session. `agent` is the User-Agent of the client; `current` marks the session of this request."""

    id: UUID
    kind: SessionKind
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str
    current: bool


async def active_sessions_of(caller: StaffCaller | PatientCaller, services: Services) -> list[SessionView]:
    """The valid sessions of the caller's account, the most recently used first."""
    now = services.clock.now()
    own: QuerySet[Any]
    if isinstance(caller, StaffCaller):
        idle = Q(last_seen_at__gt=now - await staff_idle(caller.organization_id))
        own = sessions_of(caller).filter(idle | Q(program_id__not_isnull=True))
    else:
        alive = Q(kind=SessionKind.API) | Q(last_seen_at__gt=now - BROWSER_IDLE)
        own = PatientSession.filter(alive, account_id=caller.account_id)
    sessions = await own.filter(ended_at=None, expires_at__gt=now).order_by("-last_seen_at", "-created_at")
    return [
        SessionView(
            id=session.id,
            kind=session.kind,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            address=session.address,
            agent=session.agent,
            current=session.id == caller.session_id,
        )
        for session in sessions
    ]
