"""A person's list of documents: 10,000 shared with one, beside 100 shared with another, a page at a time."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from bench.asking import ask, graphql_request
from bench.load import Order, measure
from bench.loading import load_tables
from bench.practice import Founded, services_of
from bench.records import Row
from bench.stage import Deployment, running
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin
from runtime.database import open_database

FEW, MANY = 100, 10_000
# Documents of others at the same practice, a few each: what a careless plan would read along.
OTHERS, EACH = 4_000, 5
TO_SIGN = 3
_CONNECTIONS = 1

COLUMNS = {
    "contact": "id organization_id kind given_name family_name given_key family_key sort_key language pin_encrypted "
    "pin_hash created_at updated_at",
    "portal_account": "id organization_id email email_normal language password_hash created_at registered_at "
    "email_verified_at disabled_reason",
    "portal_link": "id organization_id account_id contact_id email linked_at linked_how identity_confirmed_at "
    "unlink_reason",
    "document": "id organization_id contact_id title kind language sha256 byte_count page_count text created_at "
    "created_by_id sharing shared_at signature_state in_sequence withdraw_reason completed_sha256",
    "document_recipient": "id organization_id document_id contact_id added_at",
    "signature": "id organization_id document_id signer_id position decline_reason reminders",
}

LIST = """
query Documents($after: String) {
  viewer {
    ... on PortalAccount {
      documents(first: 20, after: $after) {
        nodes {
          id
          title
          signatureState
          awaitsYou
          contact { displayName }
          signatures { signedAt signer { displayName } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
TOTAL = "query Total { viewer { ... on PortalAccount { documents(first: 1) { totalCount } } } }"


@dataclass(frozen=True)
class Listed:
    """Milliseconds for one page of a list: its beginning, its middle, and its length."""

    database: str
    page: str
    few_p99: float
    many_p99: float


@dataclass
class Shelves:
    """Rows by table: two readers with their documents, and everybody else's."""

    organization_id: UUID
    author_id: UUID
    now: Any
    # Another one than that of `bench.records`, whose ids would come again.
    seed: int = 10_000

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.tables: dict[str, list[Row]] = {table: [] for table in COLUMNS}

    def _add(self, table: str, *values: object) -> UUID:
        key = UUID(int=self._random.getrandbits(128), version=4)
        self.tables[table].append((key, self.organization_id, *values))
        return key

    def person(self, name: str, documents: int) -> tuple[UUID, UUID]:
        """Contact and account of somebody with so many documents, some of them to be signed."""
        email = f"{name}@shelf.example"
        names = ("CLIENT", name, "Shelf", name, "shelf", f"shelf\t{name}")
        contact_id = self._add("contact", *names, "en", "x", f"{name:>064}", self.now, self.now)
        account_id = self._add(
            "portal_account", email, email, "en", "no hash, nobody signs in", self.now, self.now, self.now, ""
        )
        self._add("portal_link", account_id, contact_id, email, self.now, "PIN", self.now, "")
        for number in range(documents):
            self._document(contact_id, number)
        return contact_id, account_id

    def _document(self, contact_id: UUID, number: int) -> None:
        made = self.now - timedelta(minutes=self._random.randint(1, 1_000_000))
        to_sign, chosen = number < TO_SIGN, number % 2
        sharing = "CHOSEN_RECIPIENTS" if chosen else "ALL_AUTHORIZED"
        document_id = self._add(
            "document",
            *(contact_id, f"Plan of care {number}", "PLAN", "en", "0" * 64, 100_000, 3, "[]" * 500, made),
            *(self.author_id, sharing, made, "WAITING" if to_sign else "NOT_REQUIRED", False, "", ""),
        )
        if chosen:
            self._add("document_recipient", document_id, contact_id, made)
        if to_sign:
            self._add("signature", document_id, contact_id, 1, "", 0)


async def list_documents(
    kind: str, deployment: Deployment, founded: Founded, *, rounds: int, seconds: float
) -> list[Listed]:
    """By turns for the short list and the long one, over the API as in production."""
    tokens = await _readers(deployment, founded)
    listed = []
    async with running(deployment.api()):
        port = deployment.api_port
        middles = [await _middle(port, token, documents) for token, documents in zip(tokens, (FEW, MANY), strict=True)]
        for page, bodies in (
            ("first", [_body(LIST, None)] * 2),
            ("middle", [_body(LIST, cursor) for cursor in middles]),
            ("counted", [_body(TOTAL, None)] * 2),
        ):
            requests = [graphql_request(port, body, token) for body, token in zip(bodies, tokens, strict=True)]
            p99s: list[list[float]] = [[], []]
            for _ in range(rounds):
                for side, request in enumerate(requests):
                    p99s[side].append((await measure(Order.of(port, request, _CONNECTIONS, seconds))).p99)
            listed.append(Listed(kind, page, *[median(side) for side in p99s]))
    return listed


async def _readers(deployment: Deployment, founded: Founded) -> Sequence[str]:
    """Access tokens of the two readers, once all rows are there."""
    here, services = founded.organization.id, services_of(deployment)
    async with open_database(deployment.database_url):
        author = await StaffMember.filter(organization_id=here).first()
        assert author is not None
        shelves = Shelves(here, author.id, services.clock.now())
        accounts = [shelves.person(name, documents)[1] for name, documents in (("few", FEW), ("many", MANY))]
        for number in range(OTHERS):
            shelves.person(f"other{number}", EACH)
        await load_tables(deployment.database_url, COLUMNS, shelves.tables)
        opened = [
            await open_patient_session(here, account_id, SessionKind.API, Origin("127.0.0.1"), services.clock.now())
            for account_id in accounts
        ]
    return [session.access_token for session in opened]


async def _middle(port: int, token: str, documents: int) -> str:
    """The cursor halfway down a list, gone to page by page as a person would; the pages are as many as they must be."""
    cursor = ""
    for _ in range(documents // 2 // 20):
        page = (await ask(port, _body(LIST, cursor or None), token))["viewer"]["documents"]
        cursor = str(page["pageInfo"]["endCursor"])
        if len(page["nodes"]) != 20 or not page["pageInfo"]["hasNextPage"]:
            raise RuntimeError("the list is shorter than what was shared")
    return cursor


def _body(query: str, after: str | None) -> bytes:
    return json.dumps({"query": query, "variables": {"after": after} if after else {}}).encode()
