"""The organization's own rules, and its places."""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, given_or_none, request_key
from api.server.fields import mutation
from api.types.organizations import Facility, Organization
from api.types.user_errors import FreshSignInNeeded, InvalidInput, NotPermitted, answering
from clinic.organizations.actions import OrganizationChanges, create_facility, update_organization
from clinic.organizations.queries import organization_by_id
from clinic.values.limits import MOST_WARNING_DAYS


@strawberry.input(description="A place of the organization.")
class CreateFacilityInput:
    name: str = strawberry.field(description="What people call it; the letters of its episodes bear it.")
    phone: str = strawberry.field(default="", description="Its phone, if it has one of its own.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.type(description="The facility is there.")
class CreateFacilitySuccess:
    facility: Facility = strawberry.field(description="The facility of that name.")


@strawberry.input(description="What changes; what is left out stays.")
class UpdateOrganizationInput:
    relatives_end_at_age: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="12, 13 or 18; null: never. Holds at once for everybody who has reached the age, but for access "
        "given after that birthday.",
    )
    ageing_warning_days: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"How long before staff are told, up to {MOST_WARNING_DAYS} days."
    )
    signing_reminders: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether those who are asked to sign are reminded by letter."
    )
    require_staff_second_factor: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether staff without a second factor can only add one; needs a fresh sign-in, and yours first.",
    )


@strawberry.type(description="The organization has its new rules.")
class UpdateOrganizationSuccess:
    organization: Organization = strawberry.field(description="Your organization.")


UpdateOrganizationResult = Annotated[
    UpdateOrganizationSuccess | NotPermitted | InvalidInput | FreshSignInNeeded,
    union("UpdateOrganizationResult", description="The organization, or what stands in the way."),
]
CreateFacilityResult = Annotated[
    CreateFacilitySuccess | NotPermitted | InvalidInput,
    union("CreateFacilityResult", description="The facility, or what stands in the way."),
]


@strawberry.type
class OrganizationMutations:
    @mutation("Add a facility; needs MANAGE_ORGANIZATION. One of that name already there is answered as it is.")
    @answering
    async def create_facility(self, info: Info, input: CreateFacilityInput) -> CreateFacilityResult:
        facility = await create_facility(
            info.context.staff,
            input.name,
            info.context.services,
            phone=input.phone,
            request_key=request_key("createFacility", input),
        )
        return CreateFacilitySuccess(facility=Facility.from_model(facility))

    @mutation("Set your organization's rules; needs MANAGE_ORGANIZATION.")
    @answering
    async def update_organization(self, info: Info, input: UpdateOrganizationInput) -> UpdateOrganizationResult:
        changes = OrganizationChanges(
            relatives_end_at_age=given_or_none(input.relatives_end_at_age),
            never_end_by_age=input.relatives_end_at_age is None,
            ageing_warning_days=given_or_none(input.ageing_warning_days),
            signing_reminders=given_or_none(input.signing_reminders),
            require_staff_second_factor=given_or_none(input.require_staff_second_factor),
        )
        services = info.context.services
        organization = await update_organization(info.context.staff, changes, services)
        view = await organization_by_id(organization.id)
        return UpdateOrganizationSuccess(organization=Organization.from_view(view, services.addresses.portal_url))
