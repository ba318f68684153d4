"""Organization and facility."""

from uuid import UUID

import strawberry

from api.server.fields import field
from api.server.relay import Node, encode_id
from clinic.organizations import models
from clinic.organizations.queries import OrganizationView, facilities_of


@strawberry.type(description="A place of the organization.")
class Facility(Node):
    name: str = strawberry.field(description="What people call it.")

    @classmethod
    def from_row(cls, key: UUID, name: str) -> "Facility":
        return cls(id=strawberry.ID(encode_id("Facility", key)), name=name)

    @classmethod
    def from_model(cls, model: models.Facility) -> "Facility":
        return cls.from_row(model.id, model.name)


@strawberry.type(description="The practice: nothing crosses it.")
class Organization(Node):
    organization_id: strawberry.Private[UUID]
    slug: str = strawberry.field(description="Its word in the portal's address.")
    name: str = strawberry.field(description="The practice's name.")
    phone: str = strawberry.field(description="Whom patients call.")
    time_zone: str = strawberry.field(description="IANA name of the zone its days are counted in.")
    languages: list[str] = strawberry.field(description="Languages patients may choose, the usual one first.")
    portal_url: str = strawberry.field(description="Where its patients sign in.")
    relatives_end_at_age: int | None = strawberry.field(
        description="The age at which relatives' portal access ends by itself; null: never."
    )
    ageing_warning_days: int = strawberry.field(description="So many days before, staff are told.")
    signing_reminders: bool = strawberry.field(
        description="Whether those who are asked to sign are reminded by letter: after 3 days, then weekly, 4 times."
    )
    require_staff_second_factor: bool = strawberry.field(
        description="Whether staff without a second factor can only add one."
    )

    @classmethod
    def from_view(cls, view: OrganizationView, portal_url: str) -> "Organization":
        return cls(
            id=strawberry.ID(encode_id("Organization", view.id)),
            organization_id=view.id,
            slug=view.slug,
            name=view.name,
            phone=view.phone,
            time_zone=view.time_zone,
            languages=list(view.languages),
            portal_url=f"{portal_url}/{view.slug}/",
            relatives_end_at_age=view.relatives_end_at_age,
            ageing_warning_days=view.ageing_warning_days,
            signing_reminders=view.signing_reminders,
            require_staff_second_factor=view.require_staff_second_factor,
        )

    @field("Its places, by name.")
    async def facilities(self) -> list[Facility]:
        return [Facility.from_model(model) for model in await facilities_of(self.organization_id)]


def facility_of(facility_id: UUID | None, name: str | None) -> Facility | None:
    """The facility in a row, which has neither column where there is none."""
    return Facility.from_row(facility_id, name) if facility_id is not None and name is not None else None
