"""How long people wait for what they write, beside a full calendar.

`python -m bench.signing [--contacts N] [sqlite|postgres]` prints how long the portal's answer to a signature takes, and
the API's to a changed contact, each alone and beside 32 connections that read the calendar without a pause, by turns.
The portal is another process on the same database; the change is made by the process that answers the calendar.
"""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median
from time import perf_counter

import httpx2

from api.server.relay import encode_id
from bench.asking import access_token, ask
from bench.full_calendar import CONNECTIONS, IN_A_ROUND, ROUNDS, full_calendar
from bench.practice import SLUG, Founded, found_and_fill, services_of
from bench.signers import Paper, Signer, lay_out
from bench.stage import HOST, KINDS, Deployment, migrated_database, run_until_term, running, scratch_folder
from clinic.documents.consent import CONSENT_VERSION
from clinic.records.models import Contact
from clinic.sessions.models import SessionKind
from runtime.database import open_database

CHANGE = """
mutation Change($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }
"""
_HIDDEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass(frozen=True)
class Waited:
    """Milliseconds of each answer, alone and beside the calendar."""

    what: str
    alone: list[float]
    beside: list[float]


async def run(deployment: Deployment, founded: Founded) -> list[Waited]:
    """Signatures and changes, on a filled database."""
    organization = founded.organization
    async with open_database(deployment.database_url):
        contact = await Contact.filter(organization_id=organization.id).order_by("id").first()
        assert contact is not None
        [signer] = await lay_out(
            organization,
            services_of(deployment),
            signers=1,
            documents=2 * ROUNDS * IN_A_ROUND,
            session=SessionKind.BROWSER,
        )
    papers, numbers = iter(signer.papers), count()
    waited = [Waited("a signature", [], []), Waited("a changed contact", [], [])]
    async with running(deployment.api(), deployment.portal()), _browser(deployment, signer) as browser:
        for _ in range(ROUNDS):
            token = await access_token(deployment.api_port)

            async def sign() -> float:
                return await _sign(browser, signer, next(papers))

            async def change(token: str = token) -> float:
                return await _change(deployment, token, contact, numbers)

            for each, act in zip(waited, (sign, change), strict=True):
                each.alone.extend([await act() for _ in range(IN_A_ROUND)])
                async with full_calendar(deployment, founded, token):
                    each.beside.extend([await act() for _ in range(IN_A_ROUND)])
    return waited


def _browser(deployment: Deployment, signer: Signer) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=f"http://{HOST}:{deployment.portal_port}",
        cookies={f"session-{SLUG}": signer.access_token},
        timeout=60,
    )


async def _sign(browser: httpx2.AsyncClient, signer: Signer, paper: Paper) -> float:
    """The form is fetched before. Each paper is signed at another place: so many at one are a guesser's."""
    path, headers = f"/{SLUG}/documents/{paper.document_id}/sign", {"X-Forwarded-For": paper.place}
    page = await browser.get(path, headers=headers)
    # The first form of each page is for signing out.
    tokens = _HIDDEN.findall(page.text)
    if len(tokens) != 2:
        raise RuntimeError(f"{page.status_code} and no form to sign")
    form = {
        "csrf_token": tokens[-1],
        "sha256": paper.sha256,
        "consent_version": CONSENT_VERSION,
        "consent_language": "en",
        "typed_name": signer.name,
        "password": signer.password,
    }
    began = perf_counter()
    answer = await browser.post(path, data=form, headers=headers)
    taken = (perf_counter() - began) * 1000
    if answer.status_code != 303 or not answer.headers["location"].endswith("?signed=1"):
        raise RuntimeError(f"not signed: {answer.status_code} {answer.headers.get('location', answer.text[-2000:])}")
    return taken


async def _change(deployment: Deployment, token: str, contact: Contact, numbers: Iterator[int]) -> float:
    name = f"{contact.given_name} {next(numbers)}"
    variables = {"input": {"contactId": encode_id("Contact", contact.id), "givenName": name}}
    body = json.dumps({"query": CHANGE, "variables": variables}).encode()
    began = perf_counter()
    answer = await ask(deployment.api_port, body, token)
    taken = (perf_counter() - began) * 1000
    if answer["updateContact"]["__typename"] != "UpdateContactSuccess":
        raise RuntimeError(f"not changed: {answer}")
    return taken


async def _report(kinds: Sequence[str], contacts: int) -> None:
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            # The signer's places are those that the run names itself.
            deployment = Deployment(url, folder, trusted_proxies=HOST)
            waited = await run(deployment, await found_and_fill(deployment, contacts))
        for each in waited:
            alone, beside = median(each.alone), median(each.beside)
            times = f"alone {alone:.0f} ms, beside {CONNECTIONS} calendars {beside:.0f} ms"
            print(f"{kind}: {each.what} {times}, {beside / alone:.1f} times")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.signing", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--contacts", type=int, default=20_000)
    chosen = parser.parse_args()
    run_until_term(_report(chosen.databases or KINDS, chosen.contacts))
