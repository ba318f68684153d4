"""The caller's organization."""

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.types.organizations import Organization
from clinic.organizations.queries import organization_by_id


@strawberry.type
class OrganizationQueries:
    @field("The practice you are signed in at.")
    async def organization(self, info: Info) -> Organization:
        view = await organization_by_id(info.context.adding_a_factor.organization_id)
        return Organization.from_view(view, info.context.services.addresses.portal_url)
