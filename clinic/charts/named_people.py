"""The people whom a document names to its reader: its patient and its signers. The reader sees only their names."""

from collections.abc import Sequence
from uuid import UUID

from clinic.charts.contact_rows import ContactRow
from clinic.database.rows import as_uuid, fetch
from clinic.portal_access.status import LetterState, PortalIcon, PortalState, PortalStatus
from clinic.portal_access.status_words import status_words
from clinic.values.callers import PatientCaller

UNKNOWN_LANGUAGE = "und"


def _hidden_status(language: str) -> PortalStatus:
    """The portal status of a person of whom the caller may see only the name, as if they had no address or account."""
    return PortalStatus(
        state=PortalState.NO_EMAIL,
        icon=PortalIcon.ALL_GRAY,
        summary=status_words(language).untold,
        action=None,
        blocked_reason=None,
        letter=LetterState.NONE,
        account=None,
    )


async def contacts_with_names(caller: PatientCaller, ids: Sequence[UUID]) -> dict[UUID, ContactRow]:
    """Contacts of the caller's practice with only their names filled in. One statement.

    Call it only with ids from a document that the caller may see; it checks no other permission.
    """
    sql = (
        "SELECT id, kind, given_name, family_name, sort_key FROM contact "
        "WHERE id {in_1} AND {unindexed organization_id} = $2"
    )
    rows = await fetch(sql, list(ids), caller.organization_id)
    untold = _hidden_status(caller.origin.language)
    return {
        as_uuid(row["id"]): ContactRow(
            id=as_uuid(row["id"]),
            kind=row["kind"],
            given_name=row["given_name"],
            family_name=row["family_name"],
            sort_key=row["sort_key"],
            date_of_birth=None,
            language=UNKNOWN_LANGUAGE,
            pin_encrypted="",
            version=0,
            archived_at=None,
            merged_into_id=None,
            emails=(),
            portal_status=untold,
        )
        for row in rows
    }
