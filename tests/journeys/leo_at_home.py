"""The father, who reads and signs at home: a patient's client of the same API."""

from typing import Any

from dev.demo.people import PASSWORD
from tests.journeys.conftest import Product

SIGN_IN = """mutation { answer: signInPatient(input: {organization: "willow-creek", email: "leo.park@example.com",
  password: "%s"}) { ... on SignInSuccess { accessToken } } }"""
AWAITING = """{ signingConsent { version language }
  viewer { ... on PortalAccount { documents(first: 50) { nodes { id title sha256 awaitsYou } } } } }"""
SIGN = "mutation ($input: SignDocumentInput!) { answer: signDocument(input: $input) { __typename } }"
DECLINE = "mutation ($input: DeclineDocumentInput!) { answer: declineDocument(input: $input) { __typename } }"


class Leo:
    """Leo Park. What awaits him is named by its title."""

    def __init__(self, product: Product, token: str) -> None:
        self._product, self._token = product, token

    async def signs(self, title: str) -> str:
        found, consent = await self._awaiting(title)
        form = {"typedName": "Leo Park", "password": PASSWORD, "sha256": found["sha256"]}
        told = {"consentVersion": consent["version"], "language": consent["language"], "documentId": found["id"]}
        return await self._answer(SIGN, {**form, **told})

    async def declines(self, title: str, reason: str) -> str:
        found, _ = await self._awaiting(title)
        return await self._answer(DECLINE, {"documentId": found["id"], "reason": reason})

    async def _awaiting(self, title: str) -> tuple[dict[str, Any], dict[str, Any]]:
        data = await self._product.graphql(AWAITING, self._token)
        [found] = [one for one in data["viewer"]["documents"]["nodes"] if one["title"] == title]
        assert found["awaitsYou"]
        return found, data["signingConsent"]

    async def _answer(self, mutation: str, given: dict[str, str]) -> str:
        answer: str = (await self._product.graphql(mutation, self._token, input=given))["answer"]["__typename"]
        return answer


async def leo_at_home(product: Product) -> Leo:
    signed_in = await product.graphql(SIGN_IN % PASSWORD)
    return Leo(product, signed_in["answer"]["accessToken"])
