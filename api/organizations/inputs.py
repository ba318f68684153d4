"""What can be said of an organization and its facilities."""

from typing import cast

import strawberry

from api.requests.inputs import IDEMPOTENCY, given_or_none, key_given
from clinic.organizations.actions import OrganizationChanges
from clinic.values.limits import (
    FEWEST_IDLE_MINUTES,
    FEWEST_RETENTION_YEARS,
    MOST_ADDRESS_LINES,
    MOST_IDLE_MINUTES,
    MOST_ORIGINS,
    MOST_RETENTION_YEARS,
    MOST_WARNING_DAYS,
)
from clinic.values.paper import PaperSize

_ADDRESS = f"{MOST_ADDRESS_LINES} lines or fewer"


@strawberry.input(description="A place of the organization.")
class CreateFacilityInput:
    name: str = strawberry.field(description="What people call it; the letters of its episodes bear it.")
    address: str = strawberry.field(default="", description=f"Its postal address, {_ADDRESS}.")
    phone: str = strawberry.field(default="", description="Its phone, if it has one of its own.")
    time_zone: str = strawberry.field(default="", description="IANA name of its time zone; empty: the organization's.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What changes of a facility; what is left out stays.")
class UpdateFacilityInput:
    facility_id: strawberry.ID = strawberry.field(description="Which facility.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What people call it.")
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"Its postal address, {_ADDRESS}; empty: none of its own."
    )
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Its phone; empty: none of its own.")
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA name of its time zone; null or empty: the organization's."
    )


@strawberry.input(description="Which facility is offered no more.")
class ArchiveFacilityInput:
    facility_id: strawberry.ID = strawberry.field(description="The facility.")


@strawberry.input(description="Which facility is offered again.")
class RestoreFacilityInput:
    facility_id: strawberry.ID = strawberry.field(description="The facility.")


@strawberry.input(description="What changes; what is left out stays.")
class UpdateOrganizationInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The practice's name.")
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"Its postal address, {_ADDRESS}; may be empty."
    )
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Whom patients call; may be empty.")
    website: str | None = strawberry.field(
        default=strawberry.UNSET, description="With https:// before it; may be empty."
    )
    support_email: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where answers to letters go; may be empty."
    )
    colour: str | None = strawberry.field(
        default=strawberry.UNSET, description="As #rrggbb. Where it could not be read it is darkened by itself."
    )
    allowed_origins: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Origins of other systems' pages that may ask the API for you, such as https://ehr.example.org: "
        f"{MOST_ORIGINS} or fewer, all anew.",
    )
    logo_upload_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A picture sent to /uploads within a day; null: no logo."
    )
    discreet_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The sender of letters that say nothing of the practice."
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA name of the zone its days are counted in."
    )
    languages: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of en and es, those that patients may choose, the usual one first."
    )
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
    staff_idle_minutes: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"After so many minutes without a request staff are signed out: {FEWEST_IDLE_MINUTES} to "
        f"{MOST_IDLE_MINUTES}.",
    )
    paper_size: PaperSize | None = strawberry.field(
        default=strawberry.UNSET,
        description="The paper of printed instructions, of documents written as text and of certificates from now on.",
    )
    signed_retention_years: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"For how many years signed documents are kept, {FEWEST_RETENTION_YEARS} to "
        f"{MOST_RETENTION_YEARS}; null: for ever. A shorter time needs a fresh sign-in.",
    )
    require_staff_second_factor: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether staff without a second factor can only add one; needs a fresh sign-in, and yours first.",
    )

    password_sign_in: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether staff sign in by password; needs a fresh sign-in. False after somebody who may manage "
        "staff has signed in at the provider, and a member is named whose password goes on working.",
    )
    break_glass_staff_member_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whose password works always: an active member who may manage staff and has one. Needs a fresh "
        "sign-in.",
    )


def organization_changes(given: UpdateOrganizationInput) -> OrganizationChanges:
    """The input as the core takes it. Null is like leaving out, but for age, years and logo, where it means none."""
    languages, origins = given_or_none(given.languages), given_or_none(given.allowed_origins)
    logo = cast("str | None", given_or_none(given.logo_upload_id))
    return OrganizationChanges(
        name=given_or_none(given.name),
        address=given_or_none(given.address),
        phone=given_or_none(given.phone),
        website=given_or_none(given.website),
        support_email=given_or_none(given.support_email),
        colour=given_or_none(given.colour),
        logo_upload_id=key_given(logo, "LogoUpload"),
        remove_logo=given.logo_upload_id is None,
        discreet_name=given_or_none(given.discreet_name),
        time_zone=given_or_none(given.time_zone),
        languages=None if languages is None else tuple(languages),
        allowed_origins=None if origins is None else tuple(origins),
        relatives_end_at_age=given_or_none(given.relatives_end_at_age),
        never_end_by_age=given.relatives_end_at_age is None,
        ageing_warning_days=given_or_none(given.ageing_warning_days),
        signing_reminders=given_or_none(given.signing_reminders),
        staff_idle_minutes=given_or_none(given.staff_idle_minutes),
        paper_size=given_or_none(given.paper_size),
        signed_retention_years=given_or_none(given.signed_retention_years),
        keep_signed_for_ever=given.signed_retention_years is None,
        require_staff_second_factor=given_or_none(given.require_staff_second_factor),
        password_sign_in=given_or_none(given.password_sign_in),
        break_glass_staff_member_id=key_given(
            cast("str | None", given_or_none(given.break_glass_staff_member_id)), "StaffMember"
        ),
    )
