"""What the staff screen offers, and the permissions that each of it takes."""

from tests.journeys.at_the_desk import Desk
from tests.journeys.conftest import Product

CREATE = """mutation ($input: CreateContactInput!) { createContact(input: $input) {
  ... on CreateContactSuccess { contact { id } } } }"""
ASK = "mutation ($input: RequestPortalTransferInput!) { requestPortalTransfer(input: $input) { __typename } }"
MERGE = "mutation ($input: RequestContactMergeInput!) { requestContactMerge(input: $input) { __typename } }"
RECORDS, PORTAL = "MANAGE_CONTACTS", "WEB_PORTAL"
# How what is offered begins, and what it takes. The views below show each of them to who may do it.
OFFERED = {
    "Add an appointment": {RECORDS},
    "Edit details": {RECORDS},
    "Archive this record": {RECORDS},
    "Change the addresses": {RECORDS},
    "Change the phone numbers": {RECORDS},
    "Add a relationship": {RECORDS},
    "Add a contact": {RECORDS},
    "Import a file": {RECORDS},
    "Use another address": {RECORDS},
    "The holder is a relative": {RECORDS, PORTAL},
    "Ask for a transfer": {PORTAL},
    "Merge another record": {RECORDS, PORTAL},
    "Merge the two records": {RECORDS, PORTAL},
    "Leave both records": {RECORDS, PORTAL},
    "Give the account": {RECORDS, PORTAL},
    "Leave the account": {RECORDS, PORTAL},
    "Show the PIN": {PORTAL},
    "Make a new PIN": {PORTAL},
    "Add a document": {PORTAL},
    **{name: {PORTAL} for name in ("Invite th", "Invite who comes soon", "Emails sent")},
    "Audit of this record": {"VIEW_AUDIT"},
    **{name: {PORTAL} for name in ("Sharing", "Replace", "Withdraw", "Share all with")},
    **{name: {RECORDS} for name in ("Move or change", "Cancel the appointment")},
}


async def contact_in_conflict_at(product: Product, token: str, email: str) -> str:
    """The id of a person on record who is nobody's relative: the address is in conflict."""
    person = {"givenName": "Lee", "familyName": "Parker", "emails": [email]}
    made = await product.graphql(CREATE, token, input=person)
    contact_id: str = made["createContact"]["contact"]["id"]
    return contact_id


async def offers(desk: Desk) -> list[str]:
    return await desk.page.locator("main button:visible, main a:visible").all_inner_texts()
