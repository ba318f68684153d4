"""The core's enums as the schema shows them, each value described."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry

from clinic.charts.follow_up import DocumentFollowUp
from clinic.documents.models import DocumentKind, DocumentSharing, SealLevel, SignatureState
from clinic.mail.models import LetterKind
from clinic.portal_access.actions import DisableReason
from clinic.portal_access.models import LetterSender
from clinic.portal_access.queries import IdentityProof
from clinic.portal_access.status import ConflictRemedy, LetterState, PortalAction, PortalIcon, PortalState
from clinic.records.models import ContactKind
from clinic.records.sync.records import SyncOutcome
from clinic.staff.models import StaffState
from clinic.throttling.closed import ClosedWay
from clinic.values.callers import Permission
from clinic.values.factors import FactorKind
from clinic.values.paper import PaperSize
from clinic.webhooks.models import WebhookDeliveryState, WebhookDisabledWhy, WebhookFailure

E = TypeVar("E", bound=type[Enum])


def _described(enum: E, description: str, values: Mapping[str, str]) -> E:
    strawberry.enum(enum, description=description)
    for value in cast(Any, enum).__strawberry_definition__.values:
        value.description = values[value.name]
    return enum


_described(
    Permission,
    "What a staff member may do. None is granted by default.",
    {
        "WEB_PORTAL": "Portal accounts and sharing.",
        "MANAGE_CONTACTS": "Contacts, relationships, episodes and appointments.",
        "MANAGE_STAFF": "Staff members and what they may do.",
        "MANAGE_ORGANIZATION": "The organization and its facilities.",
        "VIEW_AUDIT": "Who did what, and who looked.",
        "VIEW_CONTACTS": "Reading contacts and what belongs to them; without it a staff member reads none.",
        "MANAGE_INTEGRATIONS": "Machines that sign in, single sign-on, and webhooks.",
    },
)
_described(
    ClosedWay,
    "What somebody has tried too often for a person; may gain values.",
    {
        "SIGN_IN": "Passwords.",
        "IDENTITY": "Dates of birth or PINs that show who the person is.",
        "INVITATION": "Dates of birth after following the invitation's link.",
        "CONNECTING": "PINs together with the person's date of birth, to connect an account.",
    },
)
_described(
    FactorKind,
    "What is asked for after the password.",
    {"PASSKEY": "A passkey (WebAuthn).", "TOTP": "Six digits from an app, new every 30 seconds."},
)
_described(
    StaffState,
    "Where a staff member stands.",
    {
        "INVITED": "They have not chosen a password yet.",
        "ACTIVE": "They can sign in.",
        "DISABLED": "They can't sign in; every session has ended.",
    },
)
_described(
    PortalState,
    "Where a contact stands between the record and the portal.",
    {
        "NO_EMAIL": "No email address and no link.",
        "NO_ACCOUNT": "An address, and no account with it.",
        "INVITED": "Staff created the account; the person has not yet registered.",
        "ACCOUNT_NOT_LINKED": "An account with one of the addresses exists and is linked to no record.",
        "LINKED": "The contact has a live link to a registered account.",
        "EMAIL_CONFLICT": "The account with the contact's address belongs to another record.",
    },
)
_described(
    PortalIcon,
    "The icon on the chart and in the calendar.",
    {
        "ALL_GRAY": "Globe and person gray, in outline.",
        "GRAY_GLOBE_PERSON": "Gray globe, person filled.",
        "BLUE_GLOBE_PERSON": "Blue globe, person filled, with a mark for invited, found or linked.",
        "GRAY_GLOBE_WARNING": "Gray globe with a red warning sign.",
    },
)
_described(
    PortalAction,
    "What one click on the icon does, or what may be done besides; may gain values.",
    {
        "CREATE_ACCOUNT": "Asks to create the account, then emails the person.",
        "LINK_ACCOUNT": "Links the account that was found to this contact.",
        "PRINT_INSTRUCTIONS": "Offers the printed instructions.",
        "RESEND_INVITATION": "Sends the invitation's letter once more.",
        "REVOKE_INVITATION": "Takes the invitation back.",
        "UNLINK_ACCOUNT": "Ends the link to the account.",
        "DISABLE_ACCOUNT": "Closes the account to its person.",
        "ENABLE_ACCOUNT": "Opens a disabled account again.",
        "REGENERATE_PIN": "Gives the record a new PIN.",
        "REQUEST_TRANSFER": "Asks that the account be given to this contact; a second person decides.",
    },
)
_described(
    ConflictRemedy,
    "A way out of a conflict; may gain values.",
    {
        "USE_ANOTHER_ADDRESS": "Put another address on this contact's record.",
        "GIVE_RELATIVE_ACCESS": "If the account's holder is a relative: give the relationship portal access.",
        "REQUEST_TRANSFER": "If the account is this contact's own: ask for a transfer, which a second person reviews.",
    },
)
_described(
    DisableReason,
    "Why an account may not be used.",
    {
        "DECEASED": "Its person has died.",
        "DISCHARGED": "Its person is no longer in care here.",
        "REQUESTED": "Its person asked for it.",
        "OTHER": "As the note says.",
    },
)
_described(
    LetterState,
    "How far a letter got.",
    {
        "NONE": "There is no letter.",
        "QUEUED": "It waits to be sent, or to be tried again.",
        "SENT": "The mail server took it.",
        "BOUNCED": "It was refused for good.",
        "FAILED": "It was given up after many tries.",
        "CANCELLED": "Its reason ended before it was sent.",
    },
)
_described(
    LetterKind,
    "What a letter is for; may gain values.",
    {
        "PORTAL_INVITATION": "The invitation to register.",
        "VERIFY_EMAIL": "To confirm the address of who registers without an invitation.",
        "ADDRESS_KNOWN": "That there is an account already.",
        "RESET_PASSWORD": "To choose a new password.",
        "PASSWORD_CHANGED": "That the password was changed.",
        "CONFIRM_NEW_EMAIL": "To confirm a new address.",
        "EMAIL_CHANGING": "To the old address, that it is being changed.",
        "ACCESS_ENDED": "That the account leads to no record any more.",
        "ACCOUNT_TRANSFERRED": "That the account was given to another record by a reviewed transfer.",
        "DOCUMENT_AWAITS": "That something was shared.",
        "DOCUMENT_REMINDER": "That a signature is still asked for.",
        "DOCUMENT_COMPLETED": "That a document is complete.",
        "STAFF_DOCUMENT_SIGNED": "To who asked for it, that somebody signed.",
        "STAFF_DOCUMENT_DECLINED": "To who asked for it, that somebody declined.",
        "STAFF_WELCOME": "A colleague's invitation.",
        "STAFF_RESET_PASSWORD": "To a colleague, to choose a new password.",
        "STAFF_PASSWORD_CHANGED": "To a colleague, that the password was changed.",
        "STAFF_FACTOR_ADDED": "To a colleague, that a second factor was added.",
        "STAFF_FACTOR_REMOVED": "To a colleague, that a second factor was removed.",
        "STAFF_FACTORS_RESET": "To a colleague, that the second factors were removed by a manager.",
        "STAFF_RECOVERY_CODE_USED": "To a colleague, that a recovery code was used.",
        "STAFF_RECOVERY_CODES_RENEWED": "To a colleague, that there are new recovery codes.",
        "STAFF_WEBHOOK_DISABLED": "To a colleague, that a webhook was disabled.",
        "STAFF_INVITATION_SAMPLE": "To a colleague who asked for it: a sample of an invitation.",
        "FACTOR_ADDED": "That a second factor was added.",
        "FACTOR_REMOVED": "That a second factor was removed.",
        "RECOVERY_CODE_USED": "That a recovery code was used.",
        "RECOVERY_CODES_RENEWED": "That there are new recovery codes.",
    },
)
_described(
    LetterSender,
    "Whose name the letter bears.",
    {
        "AUTOMATIC": 'The facility of the current episode, or the organization where that is "--".',
        "ORGANIZATION": "The organization.",
        "DISCREET": "A neutral name that says nothing of the practice.",
    },
)
_described(
    PaperSize,
    "The paper of a practice's PDFs.",
    {"A4": "210 by 297 mm.", "LETTER": "8.5 by 11 inches."},
)
_described(
    ContactKind,
    "Why a person is on record.",
    {"CLIENT": "Receives care.", "INDIVIDUAL": "Anyone else: a parent, a guardian, a payer."},
)
_described(
    IdentityProof,
    "What proves that a person is who the record is about.",
    {"DATE_OF_BIRTH": "The date of birth on record.", "PIN": "The PIN on the printed sheet."},
)
_described(
    DocumentKind,
    "What sort of paper a document is; no rule depends on it.",
    {
        "CONSENT": "Agreeing to a treatment or to sharing something.",
        "AGREEMENT": "What two sides agree on.",
        "PLAN": "A plan of care.",
        "LETTER": "A letter or report.",
        "FORM": "A form that was filled in.",
        "OTHER": "Anything else.",
    },
)
_described(
    DocumentSharing,
    "Who sees a document: the colour of its globe.",
    {
        "NOT_SHARED": "Gray: nobody but the practice.",
        "ALL_AUTHORIZED": "Blue: the client and every relative with portal access, also one who gets it later.",
        "CHOSEN_RECIPIENTS": "Orange: exactly those chosen, as long as they have portal access.",
    },
)
_described(
    SignatureState,
    "Where the signing of a document stands.",
    {
        "NOT_REQUIRED": "Nobody is asked to sign.",
        "WAITING": "Not everybody has signed, or the sealed PDF is being made.",
        "COMPLETED": "Everybody has signed, and the sealed PDF is there.",
        "DECLINED": "A signer said no.",
    },
)
_described(
    DocumentFollowUp,
    "Why the desk must follow up a document; may gain values.",
    {
        "WAITING": "Somebody was asked to sign and has not, and nobody declined.",
        "DECLINED": "A signer said no.",
        "NOT_SENT": "It has signers, and is shared with nobody: nobody was asked yet.",
    },
)
_described(
    SealLevel,
    "What a seal proves.",
    {
        "SEALED": "Who sealed it, and that nothing has changed since; a timestamp is added as soon as one can be had.",
        "TIMESTAMPED": "The same, and by an authority's word also when.",
    },
)
_described(
    WebhookDisabledWhy,
    "Why an endpoint is told of nothing; may gain values.",
    {
        "BY_STAFF": "Somebody disabled it.",
        "GONE": "It answered 410: it is gone.",
        "FAILING": "It failed for three days.",
    },
)
_described(
    WebhookDeliveryState,
    "Where a delivery stands.",
    {
        "WAITING": "It is sent shortly, or tried again later.",
        "DELIVERED": "The receiver took it.",
        "FAILED": "It was given up. replayWebhook sends it again.",
    },
)
_described(
    WebhookFailure,
    "What went wrong with a delivery; may gain values.",
    {
        "STATUS": "The answer's status was not 2xx.",
        "GONE": "The receiver answered 410.",
        "UNREACHABLE": "No whole answer came in time.",
        "ADDRESS_REFUSED": "The address leads into a private network, or is not https.",
        "ENDPOINT_DISABLED": "The endpoint was disabled while it waited.",
        "OLDER_THAN_BACKUP": "It was waiting when a backup was made that was restored.",
        "INTERNAL": "An error of ours.",
    },
)

_described(
    SyncOutcome,
    "What became of a record that another system sent; may gain values.",
    {
        "CREATED": "It was not on record.",
        "CHANGED": "It is as your system says now.",
        "UNCHANGED": "It was so already; nothing was written.",
        "CANCELLED": "The appointment is cancelled now.",
        "REFUSED": "Nothing of it was changed; `problem` says why.",
    },
)
