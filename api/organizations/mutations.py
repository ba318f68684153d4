"""The organization's own settings, and its places."""

from typing import Annotated

import strawberry
from strawberry import union

from api.organizations.inputs import (
    ArchiveFacilityInput,
    CreateFacilityInput,
    RestoreFacilityInput,
    UpdateFacilityInput,
    UpdateOrganizationInput,
    organization_changes,
)
from api.requests.context import Info
from api.requests.inputs import decode_id_or_none, given_or_none, request_key
from api.server.fields import mutation
from api.types.organizations import Facility, Organization
from api.types.user_errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted, answering
from clinic.organizations.actions import update_organization
from clinic.organizations.facilities import (
    FacilityChanges,
    archive_facility,
    create_facility,
    restore_facility,
    update_facility,
)
from clinic.organizations.queries import organization_by_id


@strawberry.type(description="The facility is there.")
class CreateFacilitySuccess:
    facility: Facility = strawberry.field(description="The facility of that name.")


@strawberry.type(description="The facility is as you said.")
class UpdateFacilitySuccess:
    facility: Facility = strawberry.field(description="The facility.")


@strawberry.type(description="The facility is offered for nothing new; episodes and appointments keep it.")
class ArchiveFacilitySuccess:
    facility: Facility = strawberry.field(description="The facility.")


@strawberry.type(description="The facility is offered again.")
class RestoreFacilitySuccess:
    facility: Facility = strawberry.field(description="The facility.")


@strawberry.type(description="The organization has its new settings.")
class UpdateOrganizationSuccess:
    organization: Organization = strawberry.field(description="Your organization.")


UpdateOrganizationResult = Annotated[
    UpdateOrganizationSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("UpdateOrganizationResult", description="The organization, or what stands in the way."),
]
CreateFacilityResult = Annotated[
    CreateFacilitySuccess | NotPermitted | InvalidInput,
    union("CreateFacilityResult", description="The facility, or what stands in the way."),
]
UpdateFacilityResult = Annotated[
    UpdateFacilitySuccess | NotPermitted | NotFound | InvalidInput,
    union("UpdateFacilityResult", description="The facility, or what stands in the way."),
]
ArchiveFacilityResult = Annotated[
    ArchiveFacilitySuccess | NotPermitted | NotFound,
    union("ArchiveFacilityResult", description="The facility, or what stands in the way."),
]
RestoreFacilityResult = Annotated[
    RestoreFacilitySuccess | NotPermitted | NotFound,
    union("RestoreFacilityResult", description="The facility, or what stands in the way."),
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
            address=input.address,
            phone=input.phone,
            time_zone=input.time_zone,
            request_key=request_key("createFacility", input),
        )
        return CreateFacilitySuccess(facility=Facility.from_model(facility))

    @mutation("Change what is said of a facility; needs MANAGE_ORGANIZATION.")
    @answering
    async def update_facility(self, info: Info, input: UpdateFacilityInput) -> UpdateFacilityResult:
        changes = FacilityChanges(
            name=given_or_none(input.name),
            address=given_or_none(input.address),
            phone=given_or_none(input.phone),
            time_zone="" if input.time_zone is None else given_or_none(input.time_zone),
        )
        facility_id = decode_id_or_none(input.facility_id, "Facility")
        facility = await update_facility(info.context.staff, facility_id, changes, info.context.services)
        return UpdateFacilitySuccess(facility=Facility.from_model(facility))

    @mutation(
        "Offer a facility for nothing new; needs MANAGE_ORGANIZATION. What has it keeps it. restoreFacility undoes it."
    )
    @answering
    async def archive_facility(self, info: Info, input: ArchiveFacilityInput) -> ArchiveFacilityResult:
        facility_id = decode_id_or_none(input.facility_id, "Facility")
        facility = await archive_facility(info.context.staff, facility_id, info.context.services)
        return ArchiveFacilitySuccess(facility=Facility.from_model(facility))

    @mutation("Offer an archived facility again; needs MANAGE_ORGANIZATION.")
    @answering
    async def restore_facility(self, info: Info, input: RestoreFacilityInput) -> RestoreFacilityResult:
        facility_id = decode_id_or_none(input.facility_id, "Facility")
        facility = await restore_facility(info.context.staff, facility_id, info.context.services)
        return RestoreFacilitySuccess(facility=Facility.from_model(facility))

    @mutation("Change what is said of your organization, and its rules; needs MANAGE_ORGANIZATION.")
    @answering
    async def update_organization(self, info: Info, input: UpdateOrganizationInput) -> UpdateOrganizationResult:
        services = info.context.services
        organization = await update_organization(info.context.staff, organization_changes(input), services)
        view = await organization_by_id(organization.id)
        return UpdateOrganizationSuccess(organization=Organization.from_view(view, services.addresses.portal_url))
