"""The requests that are measured, and single ones that prepare or check."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import httpx2

from bench.practice import EMAIL, PASSWORD, SLUG
from bench.stage import HOST

APPOINTMENTS = 50

CALENDAR = """
query Calendar($from: DateTime!, $to: DateTime!, $first: Int!) {
  appointments(from: $from, to: $to, first: $first) {
    nodes {
      id
      startsAt
      endsAt
      facility { name }
      contact {
        id
        displayName
        portalStatus { state icon summary action letter account { id email } }
      }
    }
  }
}
"""

SIGN_IN = """
mutation SignIn($input: SignInStaffInput!) {
  signInStaff(input: $input) { __typename ... on SignInSuccess { accessToken } }
}
"""

GRAPHQL_JSON = "application/graphql-response+json"


@dataclass(frozen=True)
class Day:
    """The span of one day in UTC."""

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, moment: datetime) -> "Day":
        begins = datetime.combine(moment.date(), time(), moment.tzinfo)
        return cls(begins, begins + timedelta(days=1))


def calendar_body(day: Day, first: int = APPOINTMENTS) -> bytes:
    """The API's request body for the first appointments of a day."""
    variables = {"from": day.begins.isoformat(), "to": day.ends.isoformat(), "first": first}
    return json.dumps({"query": CALENDAR, "variables": variables}).encode()


def sign_in_body() -> bytes:
    """The request body of the practice's one staff member signing in."""
    credentials = {"organization": SLUG, "email": EMAIL, "password": PASSWORD}
    return json.dumps({"query": SIGN_IN, "variables": {"input": credentials}}).encode()


def graphql_request(port: int, body: bytes, token: str | None = None) -> bytes:
    """The bytes of one HTTP/1.1 request that keeps its connection."""
    lines = [
        "POST /graphql HTTP/1.1",
        f"Host: {HOST}:{port}",
        "Content-Type: application/json",
        f"Accept: {GRAPHQL_JSON}",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def plain_request(port: int, path: str) -> bytes:
    """The bytes of a GET without any authentication."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: application/json\r\n\r\n".encode()


async def ask(port: int, body: bytes, token: str | None = None) -> Any:
    """The data of one GraphQL answer. Any error ends the bench."""
    headers = {"Content-Type": "application/json", "Accept": GRAPHQL_JSON}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with httpx2.AsyncClient(timeout=30) as client:
        answer = await client.post(f"http://{HOST}:{port}/graphql", content=body, headers=headers)
    said = answer.json()
    if answer.status_code != 200 or "errors" in said:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:500]}")
    return said["data"]


async def access_token(port: int) -> str:
    """Signs in over the API."""
    answer = (await ask(port, sign_in_body()))["signInStaff"]
    if answer["__typename"] != "SignInSuccess":
        raise RuntimeError(f"signing in: {answer['__typename']}")
    return str(answer["accessToken"])
