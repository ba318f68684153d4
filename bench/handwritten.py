"""The yardsticks: the day's calendar as one would write it by hand for speed, with Starlette and one SQL statement.

No authentication, no permissions, no schema. The answers hold just what the API's does; the bench compares them before
it measures. `heavy` has a statement as wide as the product's had, and the standard library's JSON. `lean` has the
leanest statement on PostgreSQL (`bench.lean_sql`), and orjson. Run as `python -m bench.handwritten` with its settings
as arguments.
"""

import json
import sqlite3
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiosqlite
import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.lean_sql import POSTGRES as LEAN_SQL
from bench.stage import HOST
from dev.demo.child import end_with_parent
from runtime.database.config import postgres_credentials, sqlite_path
from runtime.http.bounded_protocol import HTTP


def _at_most_one(table: str, alias: str, condition: str, *, postgres: bool) -> str:
    """A left join by index. Without LATERAL, PostgreSQL would rather hash whole tables."""
    if postgres:
        return f"LEFT JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {condition} LIMIT 1) {alias} ON TRUE"  # noqa: S608
    return f"LEFT JOIN {table} {alias} ON {condition}"


# own: the account of the live link; found: one with an address of the contact that is linked to nobody;
# taken: one with the primary address that is linked to somebody else.
_JOINS = {
    "own": ("portal_account", "own.id = l.account_id"),
    "i": (
        "invitation",
        "i.id = (SELECT x.id FROM invitation x WHERE x.account_id = own.id ORDER BY x.created_at DESC, x.id LIMIT 1)",
    ),
    "t": (
        "letter",
        "t.id = (SELECT y.id FROM letter y WHERE y.invitation_id = i.id ORDER BY y.created_at DESC, y.id LIMIT 1)",
    ),
    "found": (
        "portal_account",
        """own.id IS NULL AND found.id = (
  SELECT a.id FROM contact_email m JOIN portal_account a
    ON a.organization_id = m.organization_id AND a.email_normal = m.address_normal AND a.withdrawn_at IS NULL
  WHERE m.contact_id = c.id AND a.registered_at IS NOT NULL AND a.email_verified_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM portal_link k WHERE k.account_id = a.id AND k.unlinked_at IS NULL)
  ORDER BY m.position LIMIT 1)""",
    ),
    "taken": (
        "portal_account",
        """own.id IS NULL AND found.id IS NULL AND taken.id = (
  SELECT a.id FROM portal_account a JOIN portal_link k ON k.account_id = a.id AND k.unlinked_at IS NULL
  WHERE a.organization_id = e.organization_id AND a.email_normal = e.address_normal AND a.withdrawn_at IS NULL
    AND (a.registered_at IS NULL OR a.email_verified_at IS NOT NULL) LIMIT 1)""",
    ),
}


def _sql(*, postgres: bool) -> str:
    joins = "\n".join(_at_most_one(table, alias, on, postgres=postgres) for alias, (table, on) in _JOINS.items())
    return f"""
SELECT p.id, p.starts_at, p.ends_at, f.name, c.id, c.given_name, c.family_name,
  own.id, own.email, own.registered_at, own.last_signed_in_at, own.disabled_at, own.disabled_reason,
  found.id, found.email, found.disabled_at, found.disabled_reason,
  taken.id, taken.email, taken.disabled_at, taken.disabled_reason,
  i.id, i.expires_at, t.status, COALESCE(t.sent_at, t.failed_at), t.failure,
  e.address,
  EXISTS (SELECT 1 FROM contact_email o WHERE o.organization_id = e.organization_id
          AND o.address_normal = e.address_normal AND o.contact_id <> e.contact_id),
  EXISTS (SELECT 1 FROM contact_email o WHERE o.contact_id = c.id AND o.address_normal = own.email_normal)
FROM (SELECT * FROM appointment WHERE organization_id = $1 AND starts_at >= $2 AND starts_at < $3
      ORDER BY starts_at, id LIMIT $4) p
JOIN contact c ON c.id = p.contact_id
LEFT JOIN facility f ON f.id = p.facility_id
LEFT JOIN contact_email e ON e.contact_id = c.id AND e.position = 0
LEFT JOIN portal_link l ON l.contact_id = c.id AND l.unlinked_at IS NULL
{joins}
ORDER BY p.starts_at, p.id
"""  # noqa: S608 - constants of this module


Fetch = Callable[[Sequence[object]], Awaitable[Sequence[Any]]]

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def create_app(database_url: str, organization_id: str, time_zone: str, yardstick: str) -> Starlette:
    """One route, one statement."""
    lean = yardstick == "lean"
    fetch: Fetch
    zone = ZoneInfo(time_zone)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        nonlocal fetch
        async with _open(database_url, lean=lean) as opened:
            fetch = opened
            yield

    async def day(request: Request) -> Response:
        asked = request.query_params
        begins, ends = datetime.fromisoformat(asked["from"]), datetime.fromisoformat(asked["to"])
        rows = await fetch((organization_id, begins, ends, int(asked["first"])))
        now = datetime.now(UTC)
        nodes = [_appointment(row, now, zone) for row in rows]
        body = {"data": {"appointments": {"nodes": nodes}}}
        return Response(orjson.dumps(body) if lean else _to_json(body), media_type="application/json")

    return Starlette(routes=[Route("/day", day)], lifespan=lifespan)


@asynccontextmanager
async def _open(database_url: str, *, lean: bool) -> AsyncIterator[Fetch]:
    path = sqlite_path(database_url)
    if path is None:
        known = postgres_credentials(database_url)
        known["min_size"], known["max_size"] = known.pop("minsize"), known.pop("maxsize")
        async with asyncpg.create_pool(**known) as pool:
            sql = LEAN_SQL if lean else _sql(postgres=True)
            yield lambda values: pool.fetch(sql, *values)
        return
    sql = _sql(postgres=False).replace("$", "?")
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row

        async def fetch(values: Sequence[object]) -> Sequence[Any]:
            texts = [value.isoformat(" ") if isinstance(value, datetime) else value for value in values]
            return list(await connection.execute_fetchall(sql, texts))

        yield fetch


def _appointment(row: Sequence[Any], now: datetime, zone: ZoneInfo) -> Mapping[str, object]:
    return {
        "id": _global_id("Appointment", row[0]),
        "startsAt": _instant(row[1]).isoformat(),
        "endsAt": _instant(row[2]).isoformat(),
        "facility": {"name": row[3]} if row[3] is not None else None,
        "contact": {
            "id": _global_id("Contact", row[4]),
            "displayName": f"{row[5]} {row[6]}",
            "portalStatus": _status(row, now, zone),
        },
    }


def _status(row: Sequence[Any], now: datetime, zone: ZoneInfo) -> Mapping[str, object]:
    if row[7] is not None:
        if row[9] is None:
            return _shown("INVITED", _invited(row, now, zone), _account(row, 7), _letter(row))
        return _shown("LINKED", _linked(row, zone), _account(row, 7), _letter(row))
    if row[26] is None:
        return _shown("NO_EMAIL", "No email address on record.")
    if row[13] is not None:
        words = f"A portal account for {row[14]} exists and is linked to no record." + _disabled(row, 15)
        return _shown("ACCOUNT_NOT_LINKED", words, _account(row, 13))
    if row[17] is not None:
        words = f"The portal account for {row[26]} belongs to another record."
        return _shown("EMAIL_CONFLICT", words, _account(row, 17))
    shared = " Another record bears this address too." if row[27] else ""
    return _shown("NO_ACCOUNT", f"No portal account for {row[26]} yet.{shared}")


_SHOWN = {
    "NO_EMAIL": ("ALL_GRAY", None),
    "NO_ACCOUNT": ("GRAY_GLOBE_PERSON", "CREATE_ACCOUNT"),
    "INVITED": ("BLUE_GLOBE_PERSON", "PRINT_INSTRUCTIONS"),
    "ACCOUNT_NOT_LINKED": ("BLUE_GLOBE_PERSON", "LINK_ACCOUNT"),
    "LINKED": ("BLUE_GLOBE_PERSON", "PRINT_INSTRUCTIONS"),
    "EMAIL_CONFLICT": ("GRAY_GLOBE_WARNING", None),
}


def _shown(
    state: str, summary: str, account: Mapping[str, object] | None = None, letter: str = "NONE"
) -> Mapping[str, object]:
    icon, action = _SHOWN[state]
    return {"state": state, "icon": icon, "summary": summary, "action": action, "letter": letter, "account": account}


def _account(row: Sequence[Any], at: int) -> Mapping[str, object]:
    return {"id": _global_id("PortalAccount", row[at]), "email": row[at + 1]}


def _letter(row: Sequence[Any]) -> str:
    return row[23] if row[23] in ("QUEUED", "SENT", "BOUNCED", "FAILED") else "NONE"


def _invited(row: Sequence[Any], now: datetime, zone: ZoneInfo) -> str:
    email = row[8]
    if row[21] is None:
        words = f"Invited at {email}; not yet registered."
    elif _instant(row[22]) <= now:
        words = f"The invitation to {email} expired on {_day(row[22], zone)}. Send a new one."
    elif row[23] == "SENT":
        words = f"Invited: the email to {email} was sent on {_day(row[24], zone)}. Not yet registered."
    elif row[23] in ("BOUNCED", "FAILED"):
        words = f"Invited, but the email to {email} did not arrive: {row[25]}"
    else:
        words = f"Invited: the email to {email} is waiting to be sent."
    return words + _disabled(row, 11)


def _linked(row: Sequence[Any], zone: ZoneInfo) -> str:
    words = f"Portal account {row[8]} is linked. Registered on {_day(row[9], zone)}."
    if row[10] is not None:
        words += f" Last signed in on {_day(row[10], zone)}."
    if row[26] is not None and not row[28]:
        words += " The record has another address."
    return words + _disabled(row, 11)


def _disabled(row: Sequence[Any], at: int) -> str:
    return f" Disabled: {row[at + 1] or 'no reason given'}." if row[at] is not None else ""


def _global_id(kind: str, key: object) -> str:
    return b64encode(f"{kind}:{key}".encode()).decode()


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _day(value: Any, zone: ZoneInfo) -> str:
    local = _instant(value).astimezone(zone)
    return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}"


if __name__ == "__main__":
    end_with_parent()
    port, *rest = sys.argv[1:]
    uvicorn.run(create_app(*rest), host=HOST, port=int(port), access_log=False, log_level="warning", **HTTP)
