"""What the API tells of a sealed file in the making: staff see what stands in its way, patients that it comes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.requests.seal_words import SEAL_WORDS
from api.server.relay import encode_id
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.timestamp import upgrade_seals
from clinic.documents.models import Completion, Document, DocumentSharing
from clinic.documents.seal_problems import SealProblem
from clinic.portal_access.status_words import LANGUAGES
from clinic.values.ports import SealUnavailable, Services
from tests.api.client import Client
from tests.api.family import Family, make_family
from tests.api.test_documents_signing import sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.documents import put_document
from tests.factories.sealing import WaxSealer

ASK = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Document { signatureState sealLevel completionProblem } } }"


@pytest.fixture
def sealer() -> WaxSealer:
    return WaxSealer(authority=False)


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, sealer: WaxSealer) -> Services:
    return replace(make_services(clock, mailbox), sealer=sealer)


@pytest.fixture
async def family(practice: Practice, stranger: Client) -> Family:
    return await make_family(practice, stranger)


async def signed(practice: Practice, family: Family, title: str = "Consent") -> Document:
    document = await put_document(
        practice, family.mia, title, sharing=DocumentSharing.ALL_AUTHORIZED, signers=[family.leo.contact]
    )
    answer = await sign(family.leo, document)
    assert answer["__typename"] == "SignDocumentSuccess"
    return document


async def told(client: Client, *documents: Document) -> list[Any]:
    ids = [encode_id("Document", document.id) for document in documents]
    nodes = (await client.run(ASK, ids=ids))["nodes"]
    return [(node["signatureState"], node["sealLevel"], node["completionProblem"]) for node in nodes]


async def test_staff_see_what_stands_in_the_way_and_patients_do_not(
    practice: Practice, family: Family, staff: Client, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, family)
    assert await told(staff, document) == [("WAITING", None, None)]
    sealer.trouble = SealUnavailable("there is no signing key")
    await complete_due_documents(practice.services, worker_name="worker-1")

    assert await told(staff, document) == [("WAITING", None, "The seal can't be made: there is no signing key")]
    assert await told(family.leo.client, document) == [("WAITING", None, None)]
    sealer.trouble = None
    clock.advance(timedelta(minutes=1))
    await complete_due_documents(practice.services, worker_name="worker-1")
    assert await told(staff, document) == [("COMPLETED", "SEALED", None)]


# Two codes, and what a completion row of 0.1 may hold, each with its words in both languages.
TOLD = {
    "SEALED_DIFFERS: 1, 3": (
        "The sealed file would not show what was signed (page 1, 3), so it is not published. Print the document to a "
        "new PDF, add that instead, and have it signed again.",
        "El archivo sellado no mostraría lo que se firmó (página 1, 3); por eso no se publica. Imprima el documento en "
        "un PDF nuevo, agréguelo en su lugar y pida que lo firmen de nuevo.",
    ),
    "SEAL_UNAVAILABLE: there is no signing key": (
        "The seal can't be made: there is no signing key",
        "No se puede hacer el sello. Dígale a quien administra esta instalación: there is no signing key",
    ),
    "The seal can't be made: no key": ("The seal can't be made: no key", "The seal can't be made: no key"),
}


async def test_staff_read_why_in_their_language(practice: Practice, family: Family, staff: Client) -> None:
    document = await signed(practice, family)
    for stored, words in TOLD.items():
        await Completion.filter(document_id=document.id).update(failure=stored)
        for language, expected in zip(("en", "es-MX"), words, strict=True):
            staff.http.headers["Accept-Language"] = language
            assert await told(staff, document) == [("WAITING", None, expected)]


def test_every_failure_has_words_in_both_languages() -> None:
    assert set(SEAL_WORDS) == set(LANGUAGES)
    assert all(set(words) == set(SealProblem) for words in SEAL_WORDS.values())
    assert len({words for said in SEAL_WORDS.values() for words in said.values()}) == 2 * len(SealProblem)


async def test_level_says_when_the_timestamp_has_come(
    practice: Practice, family: Family, stranger: Client, sealer: WaxSealer, clock: FixedClock
) -> None:
    async def desk() -> Client:
        return stranger.holding((await practice.signed_in())[1].access_token)

    document = await signed(practice, family)
    await complete_due_documents(practice.services, worker_name="worker-1")
    # The authority is away: the level says so, and that is no problem of the file.
    clock.advance(timedelta(hours=1))
    await upgrade_seals(practice.services, worker_name="worker-1")
    assert await told(await desk(), document) == [("COMPLETED", "SEALED", None)]
    sealer.authority = True
    clock.advance(timedelta(hours=1))
    await upgrade_seals(practice.services, worker_name="worker-1")
    assert await told(await desk(), document) == [("COMPLETED", "TIMESTAMPED", None)]


async def test_what_was_never_signed_has_neither(practice: Practice, family: Family, staff: Client) -> None:
    assert await told(staff, await put_document(practice, family.mia)) == [("NOT_REQUIRED", None, None)]


async def test_many_cost_as_many_statements_as_one(
    practice: Practice,
    family: Family,
    staff: Client,
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    documents = [await signed(practice, family, f"Consent {number}") for number in range(3)]
    await told(staff, *documents)  # the first look is noted
    with count_statements() as for_one:
        await told(staff, documents[0])
    with count_statements() as for_all:
        await told(staff, *documents)
    assert len(for_all) == len(for_one)
