"""How unsaved settings would look: the letter, the printed sheet, and the colour where it is used."""

from dataclasses import replace
from typing import Annotated

import strawberry

from api.organizations.inputs import UpdateOrganizationInput, organization_changes
from api.requests.context import Info
from api.requests.inputs import key_given
from api.server.fields import field
from clinic.letters.preview import preview_letter, preview_settings
from clinic.letters.preview_addresses import PreviewKind, PreviewRequest, preview_address
from clinic.organizations.checks import LANGUAGES
from clinic.portal_access.models import LetterSender
from clinic.values import colours
from clinic.values.errors import InvalidInput
from clinic.values.paper import PaperSize
from clinic.values.problems import Problem


@strawberry.input(description="Which letter, with which settings.")
class LetterPreviewInput:
    language: str = strawberry.field(default="en", description="Whose words: en or es.")
    sender: LetterSender = strawberry.field(default=LetterSender.AUTOMATIC, description="Who it is from.")
    facility_id: strawberry.ID | None = strawberry.field(
        default=None, description='The facility of the made-up episode; null is "--".'
    )
    settings: UpdateOrganizationInput | None = strawberry.field(
        default=None, description="Settings that are not saved yet; what is left out is as it is now."
    )


@strawberry.input(description="Which sheet, with which settings.")
class SheetPreviewInput:
    language: str = strawberry.field(default="en", description="Whose words: en or es.")
    settings: UpdateOrganizationInput | None = strawberry.field(
        default=None, description="Settings that are not saved yet; what is left out is as it is now."
    )
    paper: PaperSize | None = strawberry.field(default=None, description="On which paper; null: that of the settings.")


LetterInput = Annotated[LetterPreviewInput, strawberry.argument(description="Which letter, with which settings.")]
SheetInput = Annotated[SheetPreviewInput, strawberry.argument(description="In which language, with which settings.")]


@strawberry.type(description="An invitation to a made-up person, as it would leave now. Nothing is sent.")
class LetterPreview:
    sender: str = strawberry.field(description="The name in its From line.")
    subject: str = strawberry.field(description="Its subject.")
    text: str = strawberry.field(description="Its plain text.")
    html: str = strawberry.field(description="Its HTML, with the logo inside as data.")
    url: str = strawberry.field(
        description="The HTML on light ground, at an address for ten minutes and while you are signed in."
    )
    dark_url: str = strawberry.field(description="The same on dark ground.")


@strawberry.type(description="The printed instructions of a made-up person. They open nothing.")
class SheetPreview:
    image_url: str = strawberry.field(description="The page as a picture, for ten minutes and while you are signed in.")
    pdf_url: str = strawberry.field(description="The same as a PDF.")


@strawberry.type(description="A colour, and what is written on it.")
class Tone:
    fill: str = strawberry.field(description="The ground, as #rrggbb.")
    text: str = strawberry.field(description="Black or white, whichever can be read better.")
    contrast: float = strawberry.field(description="Between the two, from 1 to 21; 4.5 can be read.")

    @classmethod
    def from_core(cls, tone: colours.Tone) -> "Tone":
        return cls(fill=tone.fill, text=tone.text, contrast=round(colours.contrast(tone.fill, tone.text), 2))


@strawberry.type(description="Where the colour is used, made readable.")
class BrandPreview:
    header: Tone = strawberry.field(description="The portal's header: the colour itself.")
    on_light: Tone = strawberry.field(description="Buttons on light pages and in letters.")
    on_dark: Tone = strawberry.field(description="Buttons on dark pages.")
    on_paper: str = strawberry.field(description="Headings on the printed sheet.")
    logo_url: str | None = strawberry.field(
        description="The logo on its plate, for ten minutes and while you are signed in; null if there is none."
    )
    contrast_on_white: float = strawberry.field(description="Of the colour as it was chosen, on white.")


@strawberry.type
class PreviewQueries:
    @field("How a letter would look, also with settings that are not saved; needs MANAGE_ORGANIZATION.")
    async def letter_preview(self, info: Info, input: LetterInput) -> LetterPreview:
        caller, services = info.context.staff, info.context.services
        request = PreviewRequest(
            PreviewKind.LETTER,
            organization_changes(input.settings or UpdateOrganizationInput()),
            _language(input.language),
            input.sender,
            key_given(input.facility_id, "Facility"),
        )
        letter = await preview_letter(
            caller,
            request.changes,
            services,
            language=request.language,
            sender=request.sender,
            facility_id=request.facility_id,
        )
        return LetterPreview(
            sender=letter.sender,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            url=preview_address(caller, request, services),
            dark_url=preview_address(caller, replace(request, dark=True), services),
        )

    @field("How the printed sheet would look, also with settings that are not saved; needs MANAGE_ORGANIZATION.")
    async def sheet_preview(self, info: Info, input: SheetInput) -> SheetPreview:
        caller, services = info.context.staff, info.context.services
        changes = organization_changes(input.settings or UpdateOrganizationInput())
        await preview_settings(caller, changes, services)
        image = PreviewRequest(PreviewKind.SHEET_IMAGE, changes, _language(input.language), paper=input.paper)
        return SheetPreview(
            image_url=preview_address(caller, image, services),
            pdf_url=preview_address(caller, replace(image, kind=PreviewKind.SHEET_PDF), services),
        )

    @field("How a colour would look where it is used; needs MANAGE_ORGANIZATION.")
    async def brand_preview(self, info: Info, input: SheetInput) -> BrandPreview:
        changes = organization_changes(input.settings or UpdateOrganizationInput())
        caller, services = info.context.staff, info.context.services
        settings = await preview_settings(caller, changes, services)
        logo = PreviewRequest(PreviewKind.LOGO, changes, _language(input.language))
        colour = settings.organization.brand_colour
        theme = colours.theme_for(colour)
        return BrandPreview(
            header=Tone.from_core(theme.header),
            on_light=Tone.from_core(theme.on_light),
            on_dark=Tone.from_core(theme.on_dark),
            logo_url=preview_address(caller, logo, services) if settings.screen_png else None,
            on_paper=colours.readable_on_white(colour) or colours.BLACK,
            contrast_on_white=round(colours.contrast(theme.header.fill, colours.WHITE), 2),
        )


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise InvalidInput.one("language", Problem.LANGUAGE_NOT_OFFERED, offered=" or ".join(LANGUAGES))
    return language
