"""The front desk's half of a journey with documents: uploading, sharing, replacing, and what staff see of it."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.factories.pdfs import sound_pdf
from tests.journeys.conftest import NO_AUTHORITIES
from tests.journeys.front_desk import FrontDesk, Record

RELATE = """mutation ($input: CreateRelationshipInput!) { answer: createRelationship(input: $input) { __typename } }"""
CREATE = """mutation ($input: CreateDocumentInput!) { answer: createDocument(input: $input) {
  __typename ... on CreateDocumentSuccess { document { id sha256 } } } }"""
SHARE = """mutation ($input: ShareDocumentInput!) { answer: shareDocument(input: $input) { __typename } }"""
SEEN = """query ($id: ID!) { node(id: $id) { ... on Document {
  signatureState completedAt sharing supersededBy { id }
  signatures { signedAt declineReason signer { id } } } } }"""


@dataclass(frozen=True)
class Paper:
    """A document as the desk sees it; `sha256` is of its original bytes."""

    desk: FrontDesk
    id: str
    sha256: str
    title: str

    async def seen(self) -> dict[str, Any]:
        """What the contact page tells staff."""
        seen: dict[str, Any] = (await self.desk.product.graphql(SEEN, self.desk.token, id=self.id))["node"]
        return seen

    async def signers_done(self) -> list[bool]:
        """Whether each of the signers has signed, in their order."""
        return [one["signedAt"] is not None for one in (await self.seen())["signatures"]]


async def relate(relative: Record, client: Record, kind: str) -> None:
    """Open the client's portal to the relative."""
    facts = {"clientId": client.id, "relativeId": relative.id, "kind": kind, "portalAccess": True}
    answer = await client.desk.product.graphql(RELATE, client.desk.token, input=facts)
    assert answer["answer"]["__typename"] == "CreateRelationshipSuccess"


async def share(
    client: Record, title: str, *signers: Record, in_sequence: bool = False, supersedes: Paper | None = None
) -> Paper:
    """Upload a PDF of two pages, make it the client's document, and share it with all authorized."""
    desk = client.desk
    facts: dict[str, Any] = {
        "contactId": client.id,
        "title": title,
        "kind": "CONSENT",
        "uploadId": await _upload(desk, title),
        "signerIds": [signer.id for signer in signers],
        "inSequence": in_sequence,
        "supersedesId": supersedes.id if supersedes else None,
    }
    made = (await desk.product.graphql(CREATE, desk.token, input=facts))["answer"]
    assert made["__typename"] == "CreateDocumentSuccess", made
    paper = Paper(desk, made["document"]["id"], made["document"]["sha256"], title)
    shared = await desk.product.graphql(SHARE, desk.token, input={"documentId": paper.id, "allAuthorized": True})
    assert shared["answer"]["__typename"] == "ShareDocumentSuccess", shared
    return paper


async def _upload(desk: FrontDesk, title: str) -> str:
    headers = {"Authorization": f"Bearer {desk.token}", "Content-Type": "application/pdf"}
    content = sound_pdf(2, title.encode("ascii", "replace").decode())
    async with httpx2.AsyncClient(timeout=30, verify=NO_AUTHORITIES) as http:
        answer = await http.post(f"{desk.product.api_url}/uploads", content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    upload_id: str = answer.json()["uploadId"]
    return upload_id
