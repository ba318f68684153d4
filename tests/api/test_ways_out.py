"""The ways out of an address conflict, and the relatives through whom its person is reached already."""

from datetime import timedelta

from api.server.relay import encode_id
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.api.test_ways_staff import alone, of
from tests.clock import FixedClock
from tests.factories import Practice


async def test_a_relative_who_has_access_at_the_address_is_named_and_not_offered_access_again(
    practice: Practice, staff: Client, stranger: Client, clock: FixedClock
) -> None:
    leo, mia = await practice.contact("Leo", "Park"), await practice.contact("Mia", "Park")
    await alone(practice, "omar.reyes@example.com")
    await staff.mutate("linkPortalAccount", {"contactId": of(leo)})
    last_day = clock.now().date()
    system, services = practice.system, practice.services
    tie = await create_relationship(system, mia.id, leo.id, "parent", services, ends_on=last_day)
    rosa = await practice.contact("Rosa", "Park", emails=())
    await create_relationship(system, mia.id, rosa.id, "grandmother", services, portal_access=True)
    await create_relationship(system, rosa.id, leo.id, "son", services, portal_access=True)
    whole = ["USE_ANOTHER_ADDRESS", "GIVE_RELATIVE_ACCESS", "REQUEST_TRANSFER"]
    assert await _ways_out(staff, mia) == (whole, [])
    given = {"relationshipId": encode_id("Relationship", tie.id), "portalAccess": True}
    await staff.mutate("updateRelationship", given)
    assert await _ways_out(staff, mia) == (["USE_ANOTHER_ADDRESS", "REQUEST_TRANSFER"], [("parent", "Leo Park")])
    assert await _ways_out(staff, leo) == ([], [])
    # The last day is included, and after it giving access is a way out again.
    clock.advance(timedelta(days=1))
    _, later = await practice.signed_in(Permission.WEB_PORTAL)
    assert await _ways_out(stranger.holding(later.access_token), mia) == (whole, [])


async def _ways_out(staff: Client, contact: Contact) -> tuple[list[str], list[tuple[str, str]]]:
    asked = """query Q($id: ID!) { contact(id: $id) { portalStatus {
      remedies reachedThrough { kind relative { displayName } } } } }"""
    seen = (await staff.run(asked, id=of(contact)))["contact"]["portalStatus"]
    through = [(each["kind"], each["relative"]["displayName"]) for each in seen["reachedThrough"]]
    return seen["remedies"], through
