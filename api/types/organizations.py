"""Organization and facility."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import Node, encode_id
from api.types.external_id import EXTERNAL_IDS, ExternalId, external_ids
from clinic.organizations import models
from clinic.organizations.queries import OrganizationView, facilities_of
from clinic.records.models import ExternalIdKind
from clinic.values.paper import PaperSize

IncludeArchived = Annotated[
    bool, strawberry.argument(description="Whether those are listed too that are offered for nothing new.")
]


@strawberry.type(description="A place of the organization.")
class Facility(Node):
    facility_id: strawberry.Private[UUID]
    model: strawberry.Private[models.Facility | None]
    name: str = strawberry.field(description="What people call it.")

    @classmethod
    def from_row(cls, key: UUID, name: str, model: models.Facility | None = None) -> "Facility":
        return cls(id=strawberry.ID(encode_id("Facility", key)), facility_id=key, model=model, name=name)

    @classmethod
    def from_model(cls, model: models.Facility) -> "Facility":
        return cls.from_row(model.id, model.name, model)

    async def _read(self, info: Info) -> models.Facility:
        return self.model or await info.context.loaders.facility.load(self.facility_id)

    @field("Its postal address, a line each; empty if it has none of its own. Letters take address and phone together.")
    async def address(self, info: Info) -> str:
        return (await self._read(info)).address

    @field("Its phone; empty if it has none of its own.")
    async def phone(self, info: Info) -> str:
        return (await self._read(info)).phone

    @field("IANA name of its time zone; null: the organization's.")
    async def time_zone(self, info: Info) -> str | None:
        return (await self._read(info)).time_zone or None

    @field("Since when it is offered for nothing new; null while it is.")
    async def archived_at(self, info: Info) -> datetime | None:
        return (await self._read(info)).archived_at

    @field(EXTERNAL_IDS)
    async def external_ids(self, info: Info) -> list[ExternalId]:
        return await external_ids(info, ExternalIdKind.FACILITY, self.facility_id)


@strawberry.type(description="The practice: nothing crosses it.")
class Organization(Node):
    organization_id: strawberry.Private[UUID]
    slug: str = strawberry.field(description="Its word in the portal's address.")
    name: str = strawberry.field(description="The practice's name.")
    address: str = strawberry.field(description="Its postal address, a line each; may be empty.")
    phone: str = strawberry.field(description="Whom patients call; may be empty.")
    website: str = strawberry.field(description="Its own site on the web; may be empty.")
    support_email: str = strawberry.field(description="Where answers to letters go; may be empty.")
    colour: str = strawberry.field(description="Its colour, as #rrggbb.")
    logo_url: str | None = strawberry.field(description="Its logo, a PNG at the portal; null if it has none.")
    discreet_name: str = strawberry.field(description="The sender of letters that say nothing of the practice.")
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
    staff_idle_minutes: int = strawberry.field(
        description="A staff session ends when so many minutes pass without a request."
    )
    paper_size: PaperSize = strawberry.field(
        description="The paper of printed instructions, of documents written as text and of certificates."
    )
    signed_retention_years: int | None = strawberry.field(
        description="For how many years signed documents and their evidence are kept at least; null: for ever."
    )
    require_staff_second_factor: bool = strawberry.field(
        description="Whether staff without a second factor can only add one."
    )

    password_sign_in: bool = strawberry.field(
        description="Whether staff sign in by password; else at the provider, but for one named member."
    )
    allowed_origins: list[str] = strawberry.field(
        description="Origins of other systems' pages that may ask the API for you, besides the operator's."
    )

    @classmethod
    def from_view(cls, view: OrganizationView, portal_url: str) -> "Organization":
        return cls(
            id=strawberry.ID(encode_id("Organization", view.id)),
            organization_id=view.id,
            slug=view.slug,
            name=view.name,
            address=view.address,
            phone=view.phone,
            website=view.website,
            support_email=view.support_email,
            colour=view.brand_colour,
            logo_url=f"{portal_url}/{view.slug}/logo.png?v={view.logo_sha256}" if view.logo_sha256 else None,
            discreet_name=view.discreet_name,
            time_zone=view.time_zone,
            languages=list(view.languages),
            portal_url=f"{portal_url}/{view.slug}/",
            relatives_end_at_age=view.relatives_end_at_age,
            ageing_warning_days=view.ageing_warning_days,
            signing_reminders=view.signing_reminders,
            staff_idle_minutes=view.staff_idle_minutes,
            paper_size=view.paper_size,
            signed_retention_years=view.signed_retention_years,
            require_staff_second_factor=view.require_staff_second_factor,
            password_sign_in=view.password_sign_in,
            allowed_origins=list(view.allowed_origins),
        )

    @field("Its places, by name.")
    async def facilities(self, include_archived: IncludeArchived = False) -> list[Facility]:
        found = await facilities_of(self.organization_id, archived=include_archived)
        return [Facility.from_model(model) for model in found]


# Every appointment of a calendar names one of a few.
@lru_cache(maxsize=1_024)
def facility_of(facility_id: UUID | None, name: str | None) -> Facility | None:
    """The facility in a row, which has neither column where there is none."""
    return Facility.from_row(facility_id, name) if facility_id is not None and name is not None else None
