"""Every operation of the schema with variables that let it go through, and who may run it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from clinic.values.callers import ABOUT_CONTACTS, Permission
from tests.api.client import mutation
from tests.api.records import Records
from tests.factories import PASSWORD

Given = Callable[[Records], dict[str, Any]]

CONTACT = "id displayName portalPin portalStatus { state }"


@dataclass(frozen=True)
class Operation:
    """A root field, and whom it is for.

    Staff without all that it `needs` are refused. `answers` is the type that shows that somebody was let through: its
    success, unless our records give it no ground; `answers_staff` is that of staff, where it is another. Public ones
    need no token.
    """

    name: str
    text: str
    variables: Given = lambda _: {}
    needs: tuple[Permission, ...] = ()
    public: bool = False
    staff_may: bool = True
    patients_may: bool = False
    answers: str = ""
    answers_staff: str = ""

    def __str__(self) -> str:
        return self.name


def success_of(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}Success"


def _asking(name: str, text: str, variables: Given = lambda _: {}, **who: Any) -> Operation:
    return Operation(name, text, variables, **who)


def _doing(name: str, given: Given, success: str, *needs: Permission) -> Operation:
    needed = (*needs, Permission.VIEW_CONTACTS) if ABOUT_CONTACTS & {*needs} else needs
    return Operation(name, mutation(name, success), _input(given), needed, answers=success_of(name))


def _entering(name: str, given: Given, success: str) -> Operation:
    return Operation(name, mutation(name, success), _input(given), public=True)


def _own(name: str, given: Given, success: str, answers: str) -> Operation:
    """What patients do with their own account."""
    text = mutation(name, success)
    return Operation(name, text, _input(given), staff_may=False, patients_may=True, answers=answers)


def _input(given: Given) -> Given:
    return lambda records: {"input": given(records)}


def _span(records: Records) -> dict[str, Any]:
    return {"from": records.now.isoformat(), "to": (records.now + timedelta(days=1)).isoformat()}


QUERIES = [
    _asking("viewer", "{ viewer { __typename ... on Node { id } } }", public=True, patients_may=True),
    _asking("node", "query Q($id: ID!) { node(id: $id) { id } }", lambda r: {"id": r.organization}, patients_may=True),
    _asking(
        "nodes",
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        lambda r: {"ids": [r.organization]},
        patients_may=True,
    ),
    _asking("organization", "{ organization { id name portalUrl facilities { id name } } }", patients_may=True),
    _asking(
        "contact",
        f"query Q($id: ID!) {{ contact(id: $id) {{ {CONTACT} }} }}",
        lambda r: {"id": r.contact},
        patients_may=True,
    ),
    _asking("contacts", f"{{ contacts {{ totalCount nodes {{ {CONTACT} }} }} }}", needs=(Permission.VIEW_CONTACTS,)),
    _asking(
        "appointments",
        "query Q($from: DateTime!, $to: DateTime!) { appointments(from: $from, to: $to) "
        f"{{ totalCount nodes {{ id contact {{ {CONTACT} }} }} }} }}",
        _span,
        needs=(Permission.VIEW_CONTACTS,),
    ),
    _asking("portalStateCounts", "{ portalStateCounts { state count } }", needs=(Permission.VIEW_CONTACTS,)),
    _asking(
        "endingAccess",
        "{ endingAccess { totalCount nodes { endsOn relationship { id } } } }",
        needs=(Permission.VIEW_CONTACTS,),
    ),
    _asking("auditEvents", "{ auditEvents { totalCount nodes { id } } }", needs=(Permission.VIEW_AUDIT,)),
    _asking("staffMembers", "{ staffMembers { totalCount nodes { id name state disabledAt lastSignedInAt } } }"),
    _asking("portalTransfers", "{ portalTransfers { totalCount nodes { id } } }", needs=(Permission.VIEW_CONTACTS,)),
    _asking("documentShelves", "{ documentShelves { own } }", staff_may=False, patients_may=True),
    _asking("signingConsent", "{ signingConsent { version } }", staff_may=False, patients_may=True),
    _asking(
        "sharingPreview",
        "query Q($id: ID!) { sharingPreview(documentId: $id) { members { hasAccess } } }",
        lambda r: {"id": r.document},
        needs=(Permission.WEB_PORTAL, Permission.VIEW_CONTACTS),
    ),
    _asking("mySessions", "{ mySessions { id } }", patients_may=True),
]

_RECORDS = Permission.MANAGE_CONTACTS
_PORTAL = Permission.WEB_PORTAL
_ORGANIZATION = Permission.MANAGE_ORGANIZATION

MUTATIONS = [
    _entering(
        "signInStaff",
        lambda r: {"organization": r.slug, "email": r.staff_email, "password": PASSWORD},
        "viewer { __typename }",
    ),
    _entering(
        "signInPatient",
        lambda r: {"organization": r.slug, "email": "omar.reyes@example.com", "password": PASSWORD},
        "viewer { __typename }",
    ),
    _entering("refreshSession", lambda r: {"refreshToken": r.refresh_token}, "viewer { __typename }"),
    _entering(
        "acceptPortalInvitation",
        lambda r: {"organization": r.slug, "token": "made-up", "dateOfBirth": "1980-05-04", "password": PASSWORD},
        "account { id }",
    ),
    _entering(
        "registerPortalAccount",
        lambda r: {"organization": r.slug, "email": "nora@example.com", "password": PASSWORD},
        "message",
    ),
    _entering("verifyPortalEmail", lambda r: {"organization": r.slug, "token": "made-up"}, "account { id }"),
    _entering("requestPasswordReset", lambda r: {"organization": r.slug, "email": "nora@example.com"}, "message"),
    _entering(
        "resetPassword", lambda r: {"organization": r.slug, "token": "made-up", "password": PASSWORD}, "account { id }"
    ),
    _entering("keepEmail", lambda r: {"organization": r.slug, "token": "made-up"}, "message"),
    _entering("acceptStaffInvitation", lambda _: {"token": "made-up", "password": PASSWORD}, "staffMember { id }"),
    _entering("requestStaffPasswordReset", lambda r: {"organization": r.slug, "email": r.staff_email}, "message"),
    _entering("resetStaffPassword", lambda _: {"token": "made-up", "password": PASSWORD}, "staffMember { id }"),
    Operation("signOut", "mutation Do { signOut }", patients_may=True),
    _doing(
        "createContact",
        lambda _: {
            "givenName": "Ana",
            "familyName": "Santos",
            "dateOfBirth": "1990-01-31",
            "emails": ["ana@example.com"],
            "phones": ["+1 208 555 0134"],
        },
        f"contact {{ {CONTACT} }}",
        _RECORDS,
    ),
    _doing(
        "updateContact",
        lambda r: {
            "contactId": r.contact,
            "givenName": "Omar Ali",
            "emails": ["omar.reyes@example.com", "omar@example.org"],
        },
        f"contact {{ {CONTACT} }}",
        _RECORDS,
    ),
    _doing(
        "createRelationship",
        lambda r: {"clientId": r.relative, "relativeId": r.contact, "kind": "son", "portalAccess": True},
        "relationship { id client { id } relative { id } }",
        _RECORDS,
        _PORTAL,
    ),
    _doing(
        "updateRelationship",
        lambda r: {"relationshipId": r.relationship, "kind": "guardian", "portalAccess": True, "endsOn": "2030-01-01"},
        "relationship { id kind portalAccess }",
        _RECORDS,
        _PORTAL,
    ),
    _doing(
        "createEpisode",
        lambda r: {"contactId": r.relative, "facilityId": r.facility},
        "episode { id contact { id } facility { id } }",
        _RECORDS,
    ),
    _doing(
        "updateEpisode",
        lambda r: {"episodeId": r.episode, "facilityId": None},
        "episode { id facility { id } }",
        _RECORDS,
    ),
    _doing(
        "createAppointment",
        lambda r: {
            "contactId": r.contact,
            "startsAt": (r.now + timedelta(hours=3)).isoformat(),
            "endsAt": (r.now + timedelta(hours=4)).isoformat(),
            "facilityId": r.facility,
            "staffMemberId": r.staff_member,
        },
        "appointment { id contact { id } facility { id } }",
        _RECORDS,
    ),
    _doing(
        "updateAppointment",
        lambda r: {
            "appointmentId": r.appointment,
            "startsAt": (r.now + timedelta(hours=5)).isoformat(),
            "endsAt": (r.now + timedelta(hours=6)).isoformat(),
            "facilityId": r.facility,
            "staffMemberId": r.staff_member,
        },
        "appointment { id startsAt facility { id } staffMember { id } version }",
        _RECORDS,
    ),
    _doing("archiveContact", lambda r: {"contactId": r.found}, "contact { id archivedAt }", _RECORDS),
    _doing("restoreContact", lambda r: {"contactId": r.found}, "contact { id archivedAt version }", _RECORDS),
    _doing("cancelAppointment", lambda r: {"appointmentId": r.appointment}, "appointment { id cancelledAt }", _RECORDS),
    _doing("createFacility", lambda _: {"name": "Hilltop"}, "facility { id }", _ORGANIZATION),
    _doing(
        "createStaffMember",
        lambda _: {"name": "Billie Ng", "email": "billie@practice.example", "password": PASSWORD},
        "staffMember { id permissions }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "setStaffPermissions",
        lambda r: {"staffMemberId": r.staff_member, "permissions": ["MANAGE_STAFF"]},
        "staffMember { id permissions }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "disableStaffMember",
        lambda r: {"staffMemberId": r.staff_member, "reason": "Left the practice."},
        "staffMember { id state disabledAt disabledReason }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "enableStaffMember",
        lambda r: {"staffMemberId": r.staff_member, "reason": "Back again."},
        "staffMember { id state }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "resendStaffInvitation",
        lambda r: {"staffMemberId": r.invited_member},
        "staffMember { id state }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "endStaffSessions",
        lambda r: {"staffMemberId": r.staff_member},
        "staffMember { id state }",
        Permission.MANAGE_STAFF,
    ),
    _doing("updateOrganization", lambda _: {"ageingWarningDays": 30}, "organization { id }", _ORGANIZATION),
    _doing(
        "createPortalAccounts",
        lambda r: {"contactIds": [r.relative, r.contact]},
        "createdCount refusedCount results { contactId result { __typename } }",
        _PORTAL,
    ),
    _doing(
        "resendPortalInvitation", lambda r: {"contactId": r.contact, "sender": "DISCREET"}, "account { id }", _PORTAL
    ),
    _doing("printPortalInstructions", lambda r: {"contactId": r.contact}, f"url contact {{ {CONTACT} }}", _PORTAL),
    _doing("regeneratePortalPin", lambda r: {"contactId": r.relative}, f"contact {{ {CONTACT} }}", _PORTAL),
    _doing(
        "requestPortalTransfer",
        lambda r: {"contactId": r.conflicted, "reason": "She is the one who wrote."},
        "transfer { id }",
        _PORTAL,
    ),
    _doing("declinePortalTransfer", lambda r: {"transferId": r.transfer}, "transfer { id }", _PORTAL, _RECORDS),
    replace(
        _doing("approvePortalTransfer", lambda r: {"transferId": r.transfer}, "contact { id }", _PORTAL, _RECORDS),
        answers="AlreadyDecided",
    ),
    _doing(
        "revokePortalInvitation",
        lambda r: {"contactId": r.contact, "reason": "The wrong address."},
        f"contact {{ {CONTACT} }}",
        _PORTAL,
    ),
    _doing(
        "createPortalAccount",
        lambda r: {"contactId": r.contact},
        f"account {{ id }} contact {{ {CONTACT} }}",
        _PORTAL,
    ),
    _doing(
        "linkPortalAccount",
        lambda r: {"contactId": r.found, "accountId": r.found_account},
        "account { id } contact { id }",
        _PORTAL,
    ),
    _doing(
        "unlinkPortalAccount",
        lambda r: {"contactId": r.found, "reason": "The wrong record."},
        "contact { id }",
        _PORTAL,
    ),
    _doing(
        "disablePortalAccount",
        lambda r: {"accountId": r.found_account, "reason": "OTHER", "note": "On request."},
        "account { id }",
        _PORTAL,
    ),
    _doing(
        "enablePortalAccount",
        lambda r: {"accountId": r.found_account, "reason": "On request."},
        "account { id }",
        _PORTAL,
    ),
    _doing(
        "createDocument",
        lambda r: {"contactId": r.relative, "title": "Plan of care", "uploadId": r.upload, "signerIds": [r.relative]},
        "document { id title signatures { signer { id } } }",
        _PORTAL,
    ),
    _doing(
        "shareDocument",
        lambda r: {"documentId": r.document, "recipientIds": [r.relative]},
        "document { id sharing recipients { id } }",
        _PORTAL,
    ),
    _doing("shareAllDocuments", lambda r: {"contactId": r.relative}, "sharedCount contact { id }", _PORTAL),
    _doing("unshareDocument", lambda r: {"documentId": r.document}, "document { id sharing }", _PORTAL),
    _doing(
        "withdrawDocument",
        lambda r: {"documentId": r.document, "reason": "The wrong record."},
        "document { id withdrawnAt withdrawReason }",
        _PORTAL,
    ),
    # Nothing is shared with whoever has not shown yet who they are: for them there is no such document.
    _own(
        "signDocument",
        lambda r: {
            "documentId": r.document,
            "sha256": "0" * 64,
            "typedName": "Omar Reyes",
            "password": PASSWORD,
            "consentVersion": "2026-11",
        },
        "document { id }",
        "NotFound",
    ),
    _own("declineDocument", lambda r: {"documentId": r.document, "reason": "Not mine."}, "document { id }", "NotFound"),
    _own("withdrawSigningConsent", lambda _: {}, "account { id }", "WithdrawSigningConsentSuccess"),
    _own(
        "connectWithPin", lambda _: {"pin": "K7MP4TQX", "dateOfBirth": "1980-05-04"}, "contact { id }", "AlreadyLinked"
    ),
    _own("confirmIdentity", lambda _: {"dateOfBirth": "1999-01-01"}, "account { id }", "IdentityNotConfirmed"),
    replace(
        _own(
            "changePassword",
            lambda _: {"currentPassword": "a wrong one", "newPassword": PASSWORD},
            "account { id } staffMember { id }",
            "WrongCredentials",
        ),
        staff_may=True,
    ),
    _own(
        "changeEmail",
        lambda _: {"newEmail": "omar@example.org", "password": "a wrong one"},
        "account { id }",
        "WrongCredentials",
    ),
    _own("setLanguage", lambda _: {"language": "es"}, "account { id }", "SetLanguageSuccess"),
    # The patient's session: for staff it is nobody's.
    replace(
        _own("endSession", lambda r: {"sessionId": r.session}, "sessions { id }", "EndSessionSuccess"),
        staff_may=True,
        answers_staff="NotFound",
    ),
]

OPERATIONS = [*QUERIES, *MUTATIONS]
