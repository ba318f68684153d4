"""Adding places."""

from typing import Annotated

import strawberry
from strawberry import union

from api.context import Info
from api.fields import mutation
from api.inputs import IDEMPOTENCY, once
from api.organizations.types import Facility
from api.user_errors import InvalidInput, NotPermitted, answering
from clinic.organizations.actions import create_facility


@strawberry.input(description="A place of the organization.")
class CreateFacilityInput:
    name: str = strawberry.field(description="What people call it; the letters of its episodes bear it.")
    phone: str = strawberry.field(default="", description="Its phone, if it has one of its own.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.type(description="The facility is there.")
class CreateFacilitySuccess:
    facility: Facility = strawberry.field(description="The facility of that name.")


CreateFacilityResult = Annotated[
    CreateFacilitySuccess | NotPermitted | InvalidInput,
    union("CreateFacilityResult", description="The facility, or what stands in the way."),
]


@strawberry.type
class OrganizationMutations:
    @mutation("Add a facility; needs MANAGE_ORGANIZATION. One of that name already there is answered as it is.")
    @answering(NotPermitted, InvalidInput)
    async def create_facility(self, info: Info, input: CreateFacilityInput) -> CreateFacilityResult:
        facility = await create_facility(
            info.context.staff,
            input.name,
            info.context.services,
            phone=input.phone,
            once=once("createFacility", input),
        )
        return CreateFacilitySuccess(facility=Facility.from_model(facility))
