"""A page costs the same whether it shows one record or a hundred, and a document is parsed and validated once."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLObjectType
from starlette.applications import Starlette
from starlette.routing import Route

from api.server.cors import OtherOrigins
from api.server.graphql_http import GraphQLEndpoint
from api.server.relay import encode_id
from clinic.database.rows import fetch_number
from clinic.documents.models import Document, DocumentSharing, Signature
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Appointment, Episode, Relationship
from clinic.values.ports import Services
from tests.api.client import Client
from tests.api.crowd import CROWD, make_crowd
from tests.api.family import make_family
from tests.api.own_schema import client_of, own_schema
from tests.factories import Practice
from tests.factories.documents import put_document
from tests.factories.pdfs import sound_pdf

Cost = Callable[..., Awaitable[int]]

AUTHENTICATION = 1

STATUS = """portalStatus {
  state icon summary action blockedReason letter
  account { id email registeredAt emailVerifiedAt lastSignedInAt disabledAt }
}"""
CONTACT = f"id kind givenName familyName displayName dateOfBirth language email emails portalPin {STATUS}"
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"

CONTACTS = f"query Q($first: Int!) {{ contacts(first: $first) {{ {PAGE} nodes {{ {CONTACT} }} }} }}"
DAY = 'from: "2026-03-02T00:00:00Z", to: "2026-03-04T00:00:00Z"'
ENTRY = f"id startsAt endsAt facility {{ id name }} contact {{ {CONTACT} }}"
APPOINTMENTS = f"query Q($first: Int!) {{ appointments({DAY}, first: $first) {{ {PAGE} nodes {{ {ENTRY} }} }} }}"
NODES = f"query Q($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Contact {{ {CONTACT} }} }} }}"

# What can hang on a contact, and how many statements more it costs.
NESTED = {
    f"portalLinks(first: 5) {{ {PAGE} nodes {{ id email linkedAt linkedHow }} }}": 1,
    "portalLinks(first: 5) { totalCount nodes { id } }": 2,
    "formerPortalAccounts { id email }": 1,
    "appointments(first: 5) { nodes { id facility { name } contact { id } } }": 1,
    "appointments(last: 5) { totalCount nodes { id } }": 2,
    "currentEpisode { id facility { id name } }": 1,
    "phones": 1,
    "externalIds { system value }": 1,
    "relationships { id kind portalAccess }": 1,
    # Two more for the contacts on either side, with their statuses.
    "relationships { client { id displayName } relative { id portalStatus { state } } }": 3,
    "portalStatus { account { contact { displayName } } }": 2,
    # Without a conflict nothing is asked for its ways out.
    "portalStatus { remedies reachedThrough { id } }": 0,
    "documents(first: 5) { nodes { id title sharing signatureState } pageInfo { hasNextPage } }": 1,
    "documents(first: 5) { totalCount nodes { contact { displayName portalStatus { state } } } }": 4,
    # Two more for the signers, with their statuses; and for the recipients today's date and who they are, too.
    "documents(first: 2) { nodes { signatures { signedAt signer { displayName } } } }": 4,
    "documents(first: 2) { nodes { recipients { displayName } } }": 5,
    "documents(first: 5) { nodes { supersededBy { title } } }": 2,
    "portalStatus { account { documents(first: 5) { totalCount nodes { id title awaitsYou } } } }": 2,
    "a: relationships { id } b: relationships { id } c: currentEpisode { id } d: currentEpisode { id }": 2,
}


@pytest.fixture
def cost(staff: Client, count_statements: Callable[[], AbstractContextManager[list[str]]]) -> Cost:
    """How many statements an operation sends, besides the one that finds out who asks.

    It is sent twice and counted the second time: the first answer is followed by its events in the audit, which cost
    nothing for the rest of the hour (test_views.py).
    """

    async def counted(text: str, **variables: object) -> int:
        await staff.run(text, **variables)
        with count_statements() as sent:
            await staff.run(text, **variables)
        return len(sent) - AUTHENTICATION

    return counted


@pytest.fixture
async def crowd(practice: Practice) -> None:
    await make_crowd(practice)


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("text", [CONTACTS, APPOINTMENTS], ids=["contacts", "appointments"])
async def test_100_rows_with_status_cost_2_statements_as_1_does(text: str, staff: Client, cost: Cost) -> None:
    [page] = (await staff.run(text, first=CROWD)).values()
    assert len(page["nodes"]) == CROWD
    assert {(node.get("contact") or node)["portalStatus"]["state"] for node in page["nodes"]} >= {"INVITED"}
    assert [await cost(text, first=number) for number in (1, 2, CROWD)] == [2, 2, 2]
    with_total = text.replace(PAGE, f"{PAGE} totalCount")
    assert [await cost(with_total, first=number) for number in (1, CROWD)] == [3, 3]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("crowd")
async def test_a_statement_more_is_noticed(
    services: Services, staff: Client, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    async def looked_up(contact: Any, _info: Any) -> str:
        await fetch_number("SELECT count(*) AS number FROM contact WHERE id = $1", contact.row.id)
        return str(contact.given_name)

    schema = own_schema()
    kind = schema._schema.type_map["Contact"]
    assert isinstance(kind, GraphQLObjectType)
    kind.fields["givenName"].resolve = looked_up
    sent = {}
    async with client_of(schema, services) as http:
        for number in (1, 3):
            await Client(http, staff.token).run(CONTACTS, first=number)
            with count_statements() as statements:
                await Client(http, staff.token).run(CONTACTS, first=number)
            sent[number] = len(statements)
    assert sent[3] - sent[1] == 2


@pytest.mark.usefixtures("crowd")
async def test_100_nodes_cost_2_statements_as_1_does(staff: Client, cost: Cost) -> None:
    page = await staff.run("query Q($first: Int!) { contacts(first: $first) { nodes { id } } }", first=CROWD)
    ids = [node["id"] for node in page["contacts"]["nodes"]]
    assert [await cost(NODES, ids=ids[:number]) for number in (1, CROWD)] == [2, 2]


async def test_nodes_cost_the_same_for_1_and_100_of_each_kind(practice: Practice, cost: Cost) -> None:
    await make_crowd(practice)
    costs: dict[str, list[int]] = {}
    for model in (Appointment, Document, Episode, PortalAccount, PortalLink, Relationship, Signature):
        keys = await model.all().limit(CROWD).values_list("id", flat=True)
        ids = [encode_id(model.__name__, UUID(str(key))) for key in keys]
        costs[model.__name__] = [await cost(NODES, ids=some) for some in (ids[:1], ids)]
    assert costs == {
        "Appointment": [3, 3],
        "Document": [1, 1],
        "Episode": [1, 1],
        "PortalAccount": [2, 2],
        "PortalLink": [1, 1],
        "Relationship": [1, 1],
        "Signature": [2, 2],
    }


@pytest.mark.usefixtures("crowd")
async def test_what_hangs_on_contacts_costs_the_same_for_1_and_100(cost: Cost) -> None:
    costs = {}
    for nested in NESTED:
        text = f"query Q($first: Int!) {{ contacts(first: $first) {{ nodes {{ id {nested} }} }} }}"
        costs[nested] = [await cost(text, first=number) - 2 for number in (1, CROWD)]
    assert costs == {nested: [more, more] for nested, more in NESTED.items()}


async def test_search_and_filters_cost_nothing_more(practice: Practice, staff: Client, cost: Cost) -> None:
    await make_crowd(practice)
    for narrowed in ('search: "crowd p0"', "portalState: [INVITED, LINKED]", 'search: "p001@example.com"'):
        text = f"{{ contacts(first: 50, {narrowed}) {{ nodes {{ {CONTACT} }} }} }}"
        assert (await staff.run(text))["contacts"]["nodes"]
        # Words are counted first, so that common ones are searched for in another way than rare ones.
        assert await cost(text) == (3 if "search" in narrowed else 2)


async def test_a_document_is_parsed_and_validated_once_whoever_sends_it(
    app: Starlette, staff: Client, stranger: Client
) -> None:
    [route] = [each for each in app.routes if isinstance(each, Route) and each.path == "/graphql"]
    assert isinstance(route.app, OtherOrigins)
    endpoint = route.app.app
    assert isinstance(endpoint, GraphQLEndpoint)
    queries = endpoint._schema.queries
    # Sent by no other test: they share the schema and what it remembers.
    text = f"{{ viewer {{ only{uuid4().hex}: __typename }} }}"
    before = queries.read.cache_info()
    await stranger.run(text)
    found = queries.read(text).errors
    for client in (stranger, staff, staff):
        await client.run(text)
    after = queries.read.cache_info()
    assert after.misses - before.misses == 1
    assert after.hits - before.hits >= 9
    assert queries.read(text).errors is found


async def test_a_patients_list_costs_the_same_for_1_and_100_documents(
    practice: Practice, stranger: Client, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    family, pdf = await make_family(practice, stranger), sound_pdf()
    for number in range(CROWD):
        whose = family.mia if number % 2 else family.leo.contact
        shared: dict[str, Any] = {"sharing": DocumentSharing.ALL_AUTHORIZED, "minutes_ago": number, "content": pdf}
        await put_document(practice, whose, signers=[family.leo.contact, family.rosa.contact], **shared)
    named = "contact { displayName appointments(first: 3) { totalCount } documents(first: 3) { nodes { id } } }"
    hanging = f"{named} signatures {{ signer {{ displayName }} declineReason }} recipients {{ displayName }}"
    text = f"""query Q($first: Int!) {{ viewer {{ ... on PortalAccount {{ documents(first: $first) {{
      totalCount nodes {{ title awaitsYou {hanging} }} }} }} }} }}"""
    sent = {}
    for first in (2, CROWD):
        with count_statements() as statements:
            page = (await family.leo.client.run(text, first=first))["viewer"]["documents"]
        assert (page["totalCount"], len(page["nodes"])) == (CROWD, first)
        sent[first] = len(statements)
    assert sent[2] == sent[CROWD] <= 20


@pytest.mark.usefixtures("crowd")
async def test_the_list_of_documents_to_follow_up_costs_the_same_for_1_and_100(staff: Client, cost: Cost) -> None:
    text = """query Q($first: Int!) { documentsToFollowUp(reason: WAITING, first: $first) { totalCount nodes { title
      contact { displayName } signatures { signer { displayName } signedAt declinedAt declineReason } } } }"""
    page = (await staff.run(text, first=CROWD))["documentsToFollowUp"]
    assert (page["totalCount"], len(page["nodes"])) == (CROWD, CROWD)
    # The list, its length, the signatures, and two for the contacts with their statuses.
    assert [await cost(text, first=number) for number in (1, CROWD)] == [5, 5]


async def test_a_preview_of_sharing_costs_the_same_for_1_and_10_relatives_who_sign(
    practice: Practice, cost: Cost
) -> None:
    people = "contact { displayName portalStatus { state } }"
    text = f"""query Q($id: ID!) {{ sharingPreview(documentId: $id) {{ signers {{ displayName }}
      members {{ {people} }} allAuthorized {{ now {{ {people} }} later {{ {people} }} }} }} }}"""
    costs = []
    for relatives in (1, 10):
        client, signers = await practice.contact(), [await practice.contact() for _ in range(relatives)]
        for signer in signers:
            await create_relationship(practice.system, client.id, signer.id, "aunt", practice.services)
        document = await put_document(practice, client, signers=signers)
        costs.append(await cost(text, id=encode_id("Document", document.id)))
    assert costs[0] == costs[1] <= 8
