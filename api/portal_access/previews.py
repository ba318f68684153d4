"""The invitation of one contact, before it is sent, and a sample of it in one's own mailbox."""

from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, key_given, request_key
from api.server.fields import field, mutation
from api.types.user_errors import InvalidInput, NotFound, NotPermitted, TooManyAttempts, answering
from clinic.letters.invitation_preview import preview_invitation
from clinic.letters.preview_addresses import PreviewKind, PreviewRequest, preview_address
from clinic.letters.samples import send_invitation_sample
from clinic.portal_access.models import LetterSender


@strawberry.input(description="Whose invitation, and whose name it would bear.")
class InvitationPreviewInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    sender: LetterSender = strawberry.field(default=LetterSender.AUTOMATIC, description="Whose name it would bear.")


@strawberry.type(description="An invitation as it would leave now. Nothing is sent, and its link opens nothing.")
class InvitationPreview:
    to_address: str | None = strawberry.field(description="Where it would go; null without an address.")
    language: str = strawberry.field(description="Its language.")
    sender: str = strawberry.field(description="The name in its From line.")
    subject: str = strawberry.field(description="Its subject.")
    text: str = strawberry.field(description="Its plain text.")
    html: str = strawberry.field(description="Its HTML, with the logo inside as data.")
    url: str = strawberry.field(
        description="The HTML on light ground, at an address for ten minutes and while you are signed in."
    )
    dark_url: str = strawberry.field(description="The same on dark ground.")


PreviewInput = Annotated[InvitationPreviewInput, strawberry.argument(description="Whose, and in whose name.")]


@strawberry.type
class InvitationPreviewQueries:
    @field("How a contact's invitation would look if it were sent now; needs WEB_PORTAL.")
    async def invitation_preview(self, info: Info, input: PreviewInput) -> InvitationPreview:
        caller, services = info.context.staff, info.context.services
        contact_id = key_given(input.contact_id, "Contact")
        letter = await preview_invitation(caller, contact_id, input.sender, services)
        request = PreviewRequest(PreviewKind.INVITATION, sender=input.sender, contact_id=contact_id)
        return InvitationPreview(
            to_address=letter.to_address,
            language=letter.language,
            sender=letter.sender,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            url=preview_address(caller, request, services),
            dark_url=preview_address(caller, replace(request, dark=True), services),
        )


@strawberry.input(description="Of whose invitation, and whose name it would bear.")
class SendInvitationSampleInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    sender: LetterSender = strawberry.field(default=LetterSender.AUTOMATIC, description="Whose name it would bear.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.type(description="The sample is on its way.")
class SendInvitationSampleSuccess:
    to_address: str = strawberry.field(description="Your own address.")


SendInvitationSampleResult = Annotated[
    SendInvitationSampleSuccess | NotPermitted | NotFound | InvalidInput | TooManyAttempts,
    union("SendInvitationSampleResult", description="Where the sample goes, or what stands in the way."),
]


@strawberry.type
class InvitationSampleMutations:
    @mutation(
        "Send yourself a sample of a contact's invitation, which names nobody and opens nothing; needs WEB_PORTAL."
    )
    @answering
    async def send_invitation_sample(self, info: Info, input: SendInvitationSampleInput) -> SendInvitationSampleResult:
        address = await send_invitation_sample(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            input.sender,
            info.context.services,
            request_key=request_key("sendInvitationSample", input),
        )
        return SendInvitationSampleSuccess(to_address=address)
