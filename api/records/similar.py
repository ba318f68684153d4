"""Who may be on record already: asked before a person is added."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.types.graph import Contact, load_contact
from clinic.charts.similar import similar_contacts
from clinic.values.limits import MOST_EMAILS, MOST_SIMILAR


@strawberry.type(description="Somebody on record who may be the person you are about to add.")
class SimilarContact:
    contact_id: strawberry.Private[UUID]
    same_name_and_birthday: bool = strawberry.field(description="Whether name and date of birth are the same.")
    same_address: bool = strawberry.field(description="Whether they have one of the email addresses.")

    @field("Who.")
    async def contact(self, info: Info) -> Contact:
        return await load_contact(info, self.contact_id)


GivenName = Annotated[str, strawberry.argument(description="Given name, as the person writes it.")]
FamilyName = Annotated[str, strawberry.argument(description="Family name, as the person writes it.")]
DateOfBirth = Annotated[date | None, strawberry.argument(description="Date of birth, if known.")]
Emails = Annotated[list[str] | None, strawberry.argument(description=f"Addresses, up to {MOST_EMAILS}.")]


@strawberry.type
class SimilarQueries:
    @field(
        "Contacts with the same name and date of birth, or with one of the addresses, archived ones too: up to "
        f"{MOST_SIMILAR}, the likeliest first. Ask before createContact."
    )
    async def similar_contacts(
        self,
        info: Info,
        given_name: GivenName,
        family_name: FamilyName,
        date_of_birth: DateOfBirth = None,
        emails: Emails = None,
    ) -> list[SimilarContact]:
        found = await similar_contacts(info.context.staff, given_name, family_name, date_of_birth, emails or [])
        info.context.note_shown(each.id for each in found)
        return [
            SimilarContact(
                contact_id=each.id,
                same_name_and_birthday=each.same_name_and_birthday,
                same_address=each.same_address,
            )
            for each in found
        ]
