"""Every operation of the schema with variables that let it go through, and who may run it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.callers import Permission
from tests.api.client import mutation
from tests.api.records import Records
from tests.factories import PASSWORD

Given = Callable[[Records], dict[str, Any]]

CONTACT = "id displayName portalPin portalStatus { state }"


@dataclass(frozen=True)
class Operation:
    """A root field. `needs` is the permission without which staff are refused; `public` ones need no token."""

    name: str
    text: str
    variables: Given = lambda _: {}
    needs: Permission | None = None
    public: bool = False
    patients_may: bool = False

    def __str__(self) -> str:
        return self.name


def _asking(name: str, text: str, variables: Given = lambda _: {}, **who: Any) -> Operation:
    return Operation(name, text, variables, **who)


def _doing(name: str, given: Given, success: str, needs: Permission) -> Operation:
    return Operation(name, mutation(name, success), lambda records: {"input": given(records)}, needs)


def _entering(name: str, given: Given, success: str) -> Operation:
    return Operation(name, mutation(name, success), lambda records: {"input": given(records)}, public=True)


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
    _asking("contacts", f"{{ contacts {{ totalCount nodes {{ {CONTACT} }} }} }}"),
    _asking(
        "appointments",
        "query Q($from: DateTime!, $to: DateTime!) { appointments(from: $from, to: $to) "
        f"{{ totalCount nodes {{ id contact {{ {CONTACT} }} }} }} }}",
        _span,
    ),
]

_RECORDS = Permission.MANAGE_CONTACTS

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
        lambda r: {"contactId": r.contact, "givenName": "Omar Ali", "emails": ["omar.ali@example.com"]},
        f"contact {{ {CONTACT} }}",
        _RECORDS,
    ),
    _doing(
        "createRelationship",
        lambda r: {"clientId": r.relative, "relativeId": r.contact, "kind": "son"},
        "relationship { id client { id } relative { id } }",
        _RECORDS,
    ),
    _doing(
        "updateRelationship",
        lambda r: {"relationshipId": r.relationship, "kind": "guardian", "portalAccess": True, "endsOn": "2030-01-01"},
        "relationship { id kind portalAccess }",
        _RECORDS,
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
    _doing("createFacility", lambda _: {"name": "Hilltop"}, "facility { id }", Permission.MANAGE_ORGANIZATION),
    _doing(
        "createStaffMember",
        lambda _: {"name": "Billie Ng", "email": "billie@practice.example", "password": PASSWORD},
        "staffMember { id permissions }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "setStaffPermissions",
        lambda r: {"staffMemberId": r.staff_member, "permissions": ["VIEW_AUDIT"]},
        "staffMember { id permissions }",
        Permission.MANAGE_STAFF,
    ),
    _doing(
        "createPortalAccount",
        lambda r: {"contactId": r.contact},
        f"account {{ id }} contact {{ {CONTACT} }}",
        Permission.WEB_PORTAL,
    ),
    _doing(
        "printPortalInstructions",
        lambda r: {"contactId": r.contact},
        f"url contact {{ {CONTACT} }}",
        Permission.WEB_PORTAL,
    ),
]

OPERATIONS = [*QUERIES, *MUTATIONS]
