"""What shows a letter, a sheet or a colour before it is sent or saved, with variables that let it go through."""

from clinic.values.callers import Permission
from tests.api.operation import asking, doing

PREVIEWS = [
    asking(
        "invitationPreview",
        "query Q($input: InvitationPreviewInput!) { invitationPreview(input: $input) { toAddress subject text url } }",
        lambda r: {"input": {"contactId": r.contact}},
        needs=(Permission.WEB_PORTAL, Permission.VIEW_CONTACTS),
    ),
    asking(
        "letterPreview",
        "query Q($input: LetterPreviewInput!) { letterPreview(input: $input) { subject text html url } }",
        lambda r: {"input": {"facilityId": r.facility, "settings": {"name": "New"}}},
        needs=(Permission.MANAGE_ORGANIZATION,),
    ),
    asking(
        "sheetPreview",
        "query Q($input: SheetPreviewInput!) { sheetPreview(input: $input) { imageUrl pdfUrl } }",
        lambda _: {"input": {"settings": {"name": "New"}}},
        needs=(Permission.MANAGE_ORGANIZATION,),
    ),
    asking(
        "brandPreview",
        "query Q($input: SheetPreviewInput!) { brandPreview(input: $input) { onPaper } }",
        lambda _: {"input": {"settings": {"colour": "#ffee00"}}},
        needs=(Permission.MANAGE_ORGANIZATION,),
    ),
]
SAMPLES = [
    doing("sendInvitationSample", lambda r: {"contactId": r.contact}, "toAddress", Permission.WEB_PORTAL),
]
