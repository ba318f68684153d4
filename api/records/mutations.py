"""Changing records."""

from typing import Annotated

import strawberry
from strawberry import union

from api.records.inputs import (
    CreateContactInput,
    CreateEpisodeInput,
    CreateRelationshipInput,
    UpdateContactInput,
    UpdateEpisodeInput,
    UpdateRelationshipInput,
)
from api.requests.context import Info
from api.requests.inputs import decode_id_or_none, given_or_none, request_key
from api.server.fields import mutation
from api.types.changed_meanwhile import ChangedMeanwhile
from api.types.graph import Contact, Episode, Relationship, load_contact
from api.types.user_errors import InvalidInput, NotFound, NotPermitted, answering
from clinic.charts.related import RelationshipRow
from clinic.charts.viewing import episode_row
from clinic.records.actions.contacts import ContactChanges, ContactFacts, create_contact, update_contact
from clinic.records.actions.episodes import create_episode, update_episode
from clinic.records.actions.relationships import create_relationship, update_relationship


@strawberry.type(description="The contact is on record.")
class CreateContactSuccess:
    contact: Contact = strawberry.field(description="The new contact.")


@strawberry.type(description="The record says so now.")
class UpdateContactSuccess:
    contact: Contact = strawberry.field(description="The contact as it is now.")


@strawberry.type(description="The two are related.")
class CreateRelationshipSuccess:
    relationship: Relationship = strawberry.field(description="The relationship.")


@strawberry.type(description="The relationship says so now.")
class UpdateRelationshipSuccess:
    relationship: Relationship = strawberry.field(description="The relationship as it is now.")


@strawberry.type(description="The episode has begun.")
class CreateEpisodeSuccess:
    episode: Episode = strawberry.field(description="The episode.")


@strawberry.type(description="The episode says so now.")
class UpdateEpisodeSuccess:
    episode: Episode = strawberry.field(description="The episode as it is now.")


CreateContactResult = Annotated[
    CreateContactSuccess | NotPermitted | InvalidInput,
    union("CreateContactResult", description="The contact, or what stands in the way."),
]
UpdateContactResult = Annotated[
    UpdateContactSuccess | NotPermitted | NotFound | InvalidInput | ChangedMeanwhile,
    union("UpdateContactResult", description="The contact, or what stands in the way."),
]
CreateRelationshipResult = Annotated[
    CreateRelationshipSuccess | NotPermitted | NotFound | InvalidInput,
    union("CreateRelationshipResult", description="The relationship, or what stands in the way."),
]
UpdateRelationshipResult = Annotated[
    UpdateRelationshipSuccess | NotPermitted | NotFound | InvalidInput | ChangedMeanwhile,
    union("UpdateRelationshipResult", description="The relationship, or what stands in the way."),
]
CreateEpisodeResult = Annotated[
    CreateEpisodeSuccess | NotPermitted | NotFound | InvalidInput,
    union("CreateEpisodeResult", description="The episode, or what stands in the way."),
]
UpdateEpisodeResult = Annotated[
    UpdateEpisodeSuccess | NotPermitted | NotFound | InvalidInput | ChangedMeanwhile,
    union("UpdateEpisodeResult", description="The episode, or what stands in the way."),
]


@strawberry.type
class RecordMutations:
    @mutation("Put a person on record; needs MANAGE_CONTACTS.")
    @answering
    async def create_contact(self, info: Info, input: CreateContactInput) -> CreateContactResult:
        facts = ContactFacts(
            given_name=input.given_name,
            family_name=input.family_name,
            kind=input.kind,
            date_of_birth=input.date_of_birth,
            language=input.language,
            emails=input.emails,
            phones=input.phones,
        )
        services = info.context.services
        contact = await create_contact(
            info.context.staff, facts, services, request_key=request_key("createContact", input)
        )
        return CreateContactSuccess(contact=await load_contact(info, contact.id))

    @mutation("Change a record; needs MANAGE_CONTACTS. `emails` replaces the whole list.")
    @answering
    async def update_contact(self, info: Info, input: UpdateContactInput) -> UpdateContactResult:
        changes = ContactChanges(
            given_name=given_or_none(input.given_name),
            family_name=given_or_none(input.family_name),
            kind=given_or_none(input.kind),
            date_of_birth=given_or_none(input.date_of_birth),
            clear_date_of_birth=input.date_of_birth is None,
            language=given_or_none(input.language),
            emails=given_or_none(input.emails),
            phones=given_or_none(input.phones),
        )
        key = decode_id_or_none(input.contact_id, "Contact")
        contact = await update_contact(info.context.staff, key, changes, info.context.services, version=input.version)
        return UpdateContactSuccess(contact=await load_contact(info, contact.id))

    @mutation("Tie a relative to a client; needs MANAGE_CONTACTS, and WEB_PORTAL to give portal access.")
    @answering
    async def create_relationship(self, info: Info, input: CreateRelationshipInput) -> CreateRelationshipResult:
        relationship = await create_relationship(
            info.context.staff,
            decode_id_or_none(input.client_id, "Contact"),
            decode_id_or_none(input.relative_id, "Contact"),
            input.kind,
            info.context.services,
            portal_access=input.portal_access,
            ends_on=input.ends_on,
            request_key=request_key("createRelationship", input),
        )
        return CreateRelationshipSuccess(relationship=Relationship.from_row(RelationshipRow.of(relationship)))

    @mutation("Change a relationship; needs MANAGE_CONTACTS, and WEB_PORTAL to give portal access or to prolong it.")
    @answering
    async def update_relationship(self, info: Info, input: UpdateRelationshipInput) -> UpdateRelationshipResult:
        relationship = await update_relationship(
            info.context.staff,
            decode_id_or_none(input.relationship_id, "Relationship"),
            info.context.services,
            kind=given_or_none(input.kind),
            portal_access=given_or_none(input.portal_access),
            ends_on=given_or_none(input.ends_on),
            clear_ends_on=input.ends_on is None,
            version=input.version,
        )
        return UpdateRelationshipSuccess(relationship=Relationship.from_row(RelationshipRow.of(relationship)))

    @mutation("Begin a stretch of care; the current one, if any, ends. Needs MANAGE_CONTACTS.")
    @answering
    async def create_episode(self, info: Info, input: CreateEpisodeInput) -> CreateEpisodeResult:
        episode = await create_episode(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            decode_id_or_none(input.facility_id, "Facility"),
            info.context.services,
            at_facility=input.facility_id is not None,
            request_key=request_key("createEpisode", input),
        )
        return CreateEpisodeSuccess(episode=Episode.from_row(await episode_row(episode)))

    @mutation("Move an episode to another facility or to none, end it or open it again; needs MANAGE_CONTACTS.")
    @answering
    async def update_episode(self, info: Info, input: UpdateEpisodeInput) -> UpdateEpisodeResult:
        episode = await update_episode(
            info.context.staff,
            decode_id_or_none(input.episode_id, "Episode"),
            decode_id_or_none(given_or_none(input.facility_id), "Facility"),
            info.context.services,
            at_facility=given_or_none(input.facility_id) is not None,
            keep_facility=input.facility_id is strawberry.UNSET,
            ended=given_or_none(input.ended),
            version=input.version,
        )
        return UpdateEpisodeSuccess(episode=Episode.from_row(await episode_row(episode)))
