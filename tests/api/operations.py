"""Every operation of the schema with variables that let it go through, and who may run it."""

from dataclasses import replace
from datetime import timedelta

from clinic.values.callers import Permission
from tests.api.operation import CONTACT, Operation, asking, doing, entering, own, span
from tests.api.operations_of_factors import FACTOR_MUTATIONS
from tests.api.operations_of_merges import MERGE_QUERIES, MERGES
from tests.api.operations_of_previews import PREVIEWS, SAMPLES
from tests.api.operations_of_programs import INTEGRATION_MUTATIONS, INTEGRATION_QUERIES
from tests.api.operations_of_providers import PROVIDER_MUTATIONS, PROVIDER_QUERIES
from tests.api.operations_of_retention import RETENTION_MUTATIONS, RETENTION_QUERIES
from tests.api.operations_of_sync import SYNC_MUTATIONS, SYNC_QUERIES
from tests.api.operations_of_transfers import TRANSFERS
from tests.factories import PASSWORD

QUERIES = [
    asking("viewer", "{ viewer { __typename ... on Node { id } } }", public=True, patients_may=True),
    asking("node", "query Q($id: ID!) { node(id: $id) { id } }", lambda r: {"id": r.organization}, patients_may=True),
    asking(
        "nodes",
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        lambda r: {"ids": [r.organization]},
        patients_may=True,
    ),
    asking("organization", "{ organization { id name portalUrl facilities { id name } } }", patients_may=True),
    asking(
        "contact",
        f"query Q($id: ID!) {{ contact(id: $id) {{ {CONTACT} }} }}",
        lambda r: {"id": r.contact},
        patients_may=True,
    ),
    asking("contacts", f"{{ contacts {{ totalCount nodes {{ {CONTACT} }} }} }}", needs=(Permission.VIEW_CONTACTS,)),
    asking(
        "appointments",
        "query Q($from: DateTime!, $to: DateTime!) { appointments(from: $from, to: $to) "
        f"{{ totalCount nodes {{ id contact {{ {CONTACT} }} }} }} }}",
        span,
        needs=(Permission.VIEW_CONTACTS,),
    ),
    asking(
        "similarContacts",
        '{ similarContacts(givenName: "Omar", familyName: "Reyes", dateOfBirth: "1980-05-04") '
        f"{{ sameNameAndBirthday sameAddress contact {{ {CONTACT} }} }} }}",
        needs=(Permission.VIEW_CONTACTS,),
    ),
    asking("portalStateCounts", "{ portalStateCounts { state count } }", needs=(Permission.VIEW_CONTACTS,)),
    asking(
        "endingAccess",
        "{ endingAccess { totalCount nodes { endsOn relationship { id } } } }",
        needs=(Permission.VIEW_CONTACTS,),
    ),
    asking(
        "documentsToFollowUp",
        "{ documentsToFollowUp(reason: NOT_SENT) { totalCount nodes { id title contact { id } signatures { id } } } }",
        needs=(Permission.VIEW_CONTACTS,),
    ),
    asking("auditEvents", "{ auditEvents { totalCount nodes { id } } }", needs=(Permission.VIEW_AUDIT,)),
    asking(
        "letters",
        "{ letters { totalCount nodes { id kind state toAddress } } }",
        needs=(Permission.WEB_PORTAL, Permission.VIEW_CONTACTS),
    ),
    asking("staffMembers", "{ staffMembers { totalCount nodes { id name state disabledAt lastSignedInAt } } }"),
    asking("portalTransfers", "{ portalTransfers { totalCount nodes { id } } }", needs=(Permission.VIEW_CONTACTS,)),
    asking("documentShelves", "{ documentShelves { own } }", staff_may=False, patients_may=True),
    asking("signingConsent", "{ signingConsent { version } }", staff_may=False, patients_may=True),
    asking(
        "sharingPreview",
        "query Q($id: ID!) { sharingPreview(documentId: $id) { members { hasAccess } } }",
        lambda r: {"id": r.document},
        needs=(Permission.WEB_PORTAL, Permission.VIEW_CONTACTS),
    ),
    *PREVIEWS,
    *SYNC_QUERIES,
    *MERGE_QUERIES,
    *RETENTION_QUERIES,
    *INTEGRATION_QUERIES,
    asking("mySessions", "{ mySessions { id } }", patients_may=True),
    *PROVIDER_QUERIES,
]

_RECORDS = Permission.MANAGE_CONTACTS
_PORTAL = Permission.WEB_PORTAL
_ORGANIZATION = Permission.MANAGE_ORGANIZATION

_MUTATIONS = [
    entering(
        "signInStaff",
        lambda r: {"organization": r.slug, "email": r.staff_email, "password": PASSWORD},
        "viewer { __typename }",
    ),
    entering(
        "signInPatient",
        lambda r: {"organization": r.slug, "email": "omar.reyes@example.com", "password": PASSWORD},
        "viewer { __typename }",
    ),
    entering("refreshSession", lambda r: {"refreshToken": r.refresh_token}, "viewer { __typename }"),
    entering(
        "acceptPortalInvitation",
        lambda r: {"organization": r.slug, "token": "made-up", "dateOfBirth": "1980-05-04", "password": PASSWORD},
        "account { id }",
    ),
    entering(
        "registerPortalAccount",
        lambda r: {"organization": r.slug, "email": "nora@example.com", "password": PASSWORD},
        "message",
    ),
    entering("verifyPortalEmail", lambda r: {"organization": r.slug, "token": "made-up"}, "account { id }"),
    entering("requestPasswordReset", lambda r: {"organization": r.slug, "email": "nora@example.com"}, "message"),
    entering(
        "resetPassword", lambda r: {"organization": r.slug, "token": "made-up", "password": PASSWORD}, "account { id }"
    ),
    entering("keepEmail", lambda r: {"organization": r.slug, "token": "made-up"}, "message"),
    entering("acceptStaffInvitation", lambda _: {"token": "made-up", "password": PASSWORD}, "staffMember { id }"),
    entering("requestStaffPasswordReset", lambda r: {"organization": r.slug, "email": r.staff_email}, "message"),
    entering("resetStaffPassword", lambda _: {"token": "made-up", "password": PASSWORD}, "staffMember { id }"),
    Operation("signOut", "mutation Do { signOut }", patients_may=True),
    doing(
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
    doing(
        "updateContact",
        lambda r: {
            "contactId": r.contact,
            "givenName": "Omar Ali",
            "emails": ["omar.reyes@example.com", "omar@example.org"],
        },
        f"contact {{ {CONTACT} }}",
        _RECORDS,
    ),
    doing("archiveContact", lambda r: {"contactId": r.found}, "contact { id archivedAt }", _RECORDS),
    doing("restoreContact", lambda r: {"contactId": r.found}, "contact { id archivedAt version }", _RECORDS),
    doing(
        "createRelationship",
        lambda r: {"clientId": r.relative, "relativeId": r.contact, "kind": "son", "portalAccess": True},
        "relationship { id client { id } relative { id } }",
        _RECORDS,
        _PORTAL,
    ),
    doing(
        "updateRelationship",
        lambda r: {"relationshipId": r.relationship, "kind": "guardian", "portalAccess": True, "endsOn": "2030-01-01"},
        "relationship { id kind portalAccess }",
        _RECORDS,
        _PORTAL,
    ),
    doing(
        "createEpisode",
        lambda r: {"contactId": r.relative, "facilityId": r.facility},
        "episode { id contact { id } facility { id } }",
        _RECORDS,
    ),
    doing(
        "updateEpisode",
        lambda r: {"episodeId": r.episode, "facilityId": None},
        "episode { id facility { id } }",
        _RECORDS,
    ),
    doing(
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
    doing(
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
    doing("cancelAppointment", lambda r: {"appointmentId": r.appointment}, "appointment { id cancelledAt }", _RECORDS),
    doing("createFacility", lambda _: {"name": "Hilltop"}, "facility { id }", _ORGANIZATION),
    doing(
        "updateFacility",
        lambda r: {"facilityId": r.facility, "phone": "+1 208 555 0199"},
        "facility { id phone }",
        _ORGANIZATION,
    ),
    doing("archiveFacility", lambda r: {"facilityId": r.facility}, "facility { id archivedAt }", _ORGANIZATION),
    doing("restoreFacility", lambda r: {"facilityId": r.facility}, "facility { id archivedAt }", _ORGANIZATION),
    doing(
        "createStaffMember",
        lambda _: {"name": "Billie Ng", "email": "billie@practice.example", "password": PASSWORD},
        "staffMember { id permissions }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "setStaffPermissions",
        lambda r: {"staffMemberId": r.staff_member, "permissions": ["MANAGE_STAFF"]},
        "staffMember { id permissions }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "disableStaffMember",
        lambda r: {"staffMemberId": r.staff_member, "reason": "Left the practice."},
        "staffMember { id state disabledAt disabledReason }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "enableStaffMember",
        lambda r: {"staffMemberId": r.staff_member, "reason": "Back again."},
        "staffMember { id state }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "setStaffLastDay",
        lambda r: {"staffMemberId": r.staff_member, "lastDay": "2031-05-29"},
        "staffMember { id state lastDay }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "resendStaffInvitation",
        lambda r: {"staffMemberId": r.invited_member},
        "staffMember { id state }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "endStaffSessions",
        lambda r: {"staffMemberId": r.staff_member},
        "staffMember { id state }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "liftStaffThrottle",
        lambda r: {"staffMemberId": r.staff_member},
        "staffMember { id closedThrottles { way until } }",
        Permission.MANAGE_STAFF,
    ),
    doing(
        "liftPortalThrottle",
        lambda r: {"contactId": r.contact},
        "contact { id closedThrottles { way until } }",
        _PORTAL,
    ),
    doing(
        "updateOrganization",
        lambda r: {"ageingWarningDays": 30, "logoUploadId": r.logo_upload},
        "organization { id logoUrl }",
        _ORGANIZATION,
    ),
    doing(
        "createPortalAccounts",
        lambda r: {"contactIds": [r.relative, r.contact]},
        "createdCount refusedCount results { contactId result { __typename } }",
        _PORTAL,
    ),
    doing(
        "resendPortalInvitation", lambda r: {"contactId": r.contact, "sender": "DISCREET"}, "account { id }", _PORTAL
    ),
    doing("printPortalInstructions", lambda r: {"contactId": r.contact}, f"url contact {{ {CONTACT} }}", _PORTAL),
    doing("regeneratePortalPin", lambda r: {"contactId": r.relative}, f"contact {{ {CONTACT} }}", _PORTAL),
    *SAMPLES,
    *TRANSFERS,
    *SYNC_MUTATIONS,
    *MERGES,
    *RETENTION_MUTATIONS,
    *INTEGRATION_MUTATIONS,
    doing(
        "revokePortalInvitation",
        lambda r: {"contactId": r.contact, "reason": "The wrong address."},
        f"contact {{ {CONTACT} }}",
        _PORTAL,
    ),
    doing(
        "createPortalAccount",
        lambda r: {"contactId": r.contact},
        f"account {{ id }} contact {{ {CONTACT} }}",
        _PORTAL,
    ),
    doing(
        "linkPortalAccount",
        lambda r: {"contactId": r.found, "accountId": r.found_account},
        "account { id } contact { id }",
        _PORTAL,
    ),
    doing(
        "unlinkPortalAccount",
        lambda r: {"contactId": r.found, "reason": "The wrong record."},
        "contact { id }",
        _PORTAL,
    ),
    doing(
        "disablePortalAccount",
        lambda r: {"accountId": r.found_account, "reason": "OTHER", "note": "On request."},
        "account { id }",
        _PORTAL,
    ),
    doing(
        "enablePortalAccount",
        lambda r: {"accountId": r.found_account, "reason": "On request."},
        "account { id }",
        _PORTAL,
    ),
    doing(
        "createDocument",
        lambda r: {"contactId": r.relative, "title": "Plan of care", "uploadId": r.upload, "signerIds": [r.relative]},
        "document { id title signatures { signer { id } } }",
        _PORTAL,
    ),
    doing(
        "shareDocument",
        lambda r: {"documentId": r.document, "recipientIds": [r.relative]},
        "document { id sharing recipients { id } }",
        _PORTAL,
    ),
    doing("shareAllDocuments", lambda r: {"contactId": r.relative}, "sharedCount contact { id }", _PORTAL),
    doing("unshareDocument", lambda r: {"documentId": r.document}, "document { id sharing }", _PORTAL),
    doing(
        "withdrawDocument",
        lambda r: {"documentId": r.document, "reason": "The wrong record."},
        "document { id withdrawnAt withdrawReason }",
        _PORTAL,
    ),
    # Nothing is shared with whoever has not shown yet who they are: for them there is no such document.
    own(
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
    own("declineDocument", lambda r: {"documentId": r.document, "reason": "Not mine."}, "document { id }", "NotFound"),
    own("withdrawSigningConsent", lambda _: {}, "account { id }", "WithdrawSigningConsentSuccess"),
    own(
        "connectWithPin", lambda _: {"pin": "K7MP4TQX", "dateOfBirth": "1980-05-04"}, "contact { id }", "AlreadyLinked"
    ),
    own("confirmIdentity", lambda _: {"dateOfBirth": "1999-01-01"}, "account { id }", "IdentityNotConfirmed"),
    replace(
        own(
            "changePassword",
            lambda _: {"currentPassword": "a wrong one", "newPassword": PASSWORD},
            "account { id } staffMember { id }",
            "WrongCredentials",
        ),
        staff_may=True,
    ),
    own(
        "changeEmail",
        lambda _: {"newEmail": "omar@example.org", "password": "a wrong one"},
        "account { id }",
        "WrongCredentials",
    ),
    own("setLanguage", lambda _: {"language": "es"}, "account { id }", "SetLanguageSuccess"),
    # The patient's session: for staff it is nobody's.
    replace(
        own("endSession", lambda r: {"sessionId": r.session}, "sessions { id }", "EndSessionSuccess"),
        staff_may=True,
        answers_staff="NotFound",
    ),
    doing("exportContact", lambda r: {"contactId": r.found}, "url", _RECORDS, Permission.MANAGE_ORGANIZATION),
    doing(
        "eraseContact",
        lambda r: {"contactId": r.found, "reason": "Asked for it."},
        "contactId",
        _RECORDS,
        Permission.MANAGE_ORGANIZATION,
    ),
]

MUTATIONS = [*_MUTATIONS, *FACTOR_MUTATIONS, *PROVIDER_MUTATIONS]
OPERATIONS = [*QUERIES, *MUTATIONS]
