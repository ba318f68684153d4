"""The one schema, for staff and mobile clients. `schema.graphql` is its export; a test compares the two."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from api.audit.queries import AuditQueries
from api.documents.erasing import DocumentErasureMutations, ErasableQueries
from api.documents.follow_up import FollowUpQueries
from api.documents.mutations import DocumentMutations
from api.documents.queries import DocumentQueries
from api.documents.sharing import SharingQueries
from api.documents.signing import SigningMutations
from api.letters import LetterQueries
from api.live.subscriptions import Subscription
from api.nodes import NodeQueries
from api.organizations.mutations import OrganizationMutations
from api.organizations.previews import PreviewQueries
from api.organizations.queries import OrganizationQueries
from api.portal_access.doors import DoorMutations
from api.portal_access.invitations import InvitationMutations
from api.portal_access.links import LinkMutations
from api.portal_access.mutations import PortalAccessMutations
from api.portal_access.own_account import OwnAccountMutations, OwnAccountQueries
from api.portal_access.previews import InvitationPreviewQueries, InvitationSampleMutations
from api.portal_access.throttles import PortalThrottleMutations
from api.portal_access.transfers import TransferMutations, TransferQueries
from api.records.appointments import AppointmentMutations
from api.records.archive import ArchiveMutations
from api.records.external_ids import ExternalIdMutations, ExternalIdQueries
from api.records.merges import MergeMutations, MergeQueries
from api.records.mutations import RecordMutations
from api.records.queries import RecordQueries
from api.records.similar import SimilarQueries
from api.records.sync import PROBLEMS, SyncMutations
from api.records.whole_record import WholeRecordMutations
from api.records.worklists import WorklistQueries
from api.requests.paging import PAGE_SIZES
from api.requests.refusal_log import log_error
from api.requests.refusals import refusal_of
from api.server.graphql_http import Schema
from api.server.limits import Limits
from api.server.scalars import DATE, DATE_TIME, parse_date, parse_instant
from api.service_accounts.mutations import ServiceAccountMutations
from api.service_accounts.queries import ServiceAccountQueries
from api.staff.doors import StaffDoorMutations
from api.staff.factors import FactorMutations
from api.staff.life import StaffLifeMutations
from api.staff.mutations import StaffMutations
from api.staff.provider import ProviderMutations, ProviderQueries
from api.staff.queries import StaffQueries
from api.types.graph import Document, Relationship, Signature
from api.types.portal_access import PortalLink
from api.webhooks.mutations import WebhookMutations
from api.webhooks.queries import WebhookQueries
from clinic.values.text import trimmed

# What nobody needs a token for. Everything else is refused before it is even validated.
PUBLIC_FIELDS = frozenset(
    {
        "viewer",
        "signInStaff",
        "signInPatient",
        "refreshSession",
        "acceptPortalInvitation",
        "registerPortalAccount",
        "verifyPortalEmail",
        "requestPasswordReset",
        "resetPassword",
        "keepEmail",
        "acceptStaffInvitation",
        "requestStaffPasswordReset",
        "resetStaffPassword",
        "completeSignIn",
        "completeProviderSignIn",
        "signInOptions",
    }
)
# A bad token is ignored on these. `viewer` asks whose the token is, so there it is told that the token is bad.
TOKEN_FREE_FIELDS = PUBLIC_FIELDS - {"viewer"}


def _pasted(scalar: ScalarDefinition, parse: Callable[[object], object]) -> ScalarDefinition:
    """The scalar, taking values with the spaces and invisible characters around them that pasting brings along."""
    return replace(scalar, parse_value=lambda value: parse(trimmed(value) if isinstance(value, str) else value))


_SCALARS: dict[object, ScalarDefinition] = {
    date: _pasted(DATE, parse_date),
    datetime: _pasted(DATE_TIME, parse_instant),
}


@strawberry.type(description="Everything that can be read.")
class Query(
    StaffQueries,
    ProviderQueries,
    OrganizationQueries,
    PreviewQueries,
    InvitationPreviewQueries,
    RecordQueries,
    SimilarQueries,
    ExternalIdQueries,
    MergeQueries,
    WorklistQueries,
    FollowUpQueries,
    ErasableQueries,
    TransferQueries,
    OwnAccountQueries,
    DocumentQueries,
    SharingQueries,
    AuditQueries,
    WebhookQueries,
    ServiceAccountQueries,
    LetterQueries,
    NodeQueries,
):
    """Reading changes nothing."""


@strawberry.type(description="Everything that can be done. Each takes one input and answers a union.")
class Mutation(
    StaffMutations,
    StaffLifeMutations,
    StaffDoorMutations,
    FactorMutations,
    ProviderMutations,
    OrganizationMutations,
    RecordMutations,
    ExternalIdMutations,
    SyncMutations,
    AppointmentMutations,
    MergeMutations,
    WholeRecordMutations,
    DocumentErasureMutations,
    ArchiveMutations,
    PortalAccessMutations,
    InvitationSampleMutations,
    InvitationMutations,
    LinkMutations,
    PortalThrottleMutations,
    TransferMutations,
    DocumentMutations,
    SigningMutations,
    DoorMutations,
    OwnAccountMutations,
    WebhookMutations,
    ServiceAccountMutations,
):
    """One action of the core each."""


@cache
def make_schema(*, introspection: bool, in_order: bool = False) -> Schema:
    """The schema; clients in production read `schema.graphql` instead of introspecting.

    Made once a process, however many applications it has: nothing in it belongs to one of them.
    `in_order` is for the export only: graphql-core sorts a copy, in which Strawberry can't resolve unions any more.
    """
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[PortalLink, Relationship, Document, Signature, *PROBLEMS],
        config=StrawberryConfig(scalar_map=_SCALARS, sort_schema=in_order),
        limits=Limits(PAGE_SIZES),
        refusal_of=refusal_of,
        on_error=log_error,
        introspection=introspection,
    )


def export() -> str:
    """What `schema.graphql` holds."""
    return make_schema(introspection=True, in_order=True).as_str() + "\n"
