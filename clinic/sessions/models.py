"""Server-side sessions of staff members and patients, for the API (bearer tokens) or for a browser (a cookie).

Only the SHA-256 of a token is stored. A browser session has no refresh token. The refresh token of an API session can
be used once; using it again ends the whole session.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from clinic.database.tenancy import FastModelMeta, TenantModel
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember


class SessionKind(StrEnum):
    """How the client sends the session's token: in a header (API) or in a cookie (BROWSER)."""

    API = "api"
    BROWSER = "browser"


class SessionColumns(TenantModel):
    """The columns of staff and patient sessions. `expires_at` is the absolute end; nothing extends it."""

    kind = fields.CharEnumField(SessionKind, description="SessionKind", max_length=10)
    access_hash = fields.CharField(max_length=64, unique=True)
    access_expires_at: datetime = fields.DatetimeField()
    refresh_hash = fields.CharField(max_length=64, unique=True, null=True)
    created_at: datetime = fields.DatetimeField()
    last_seen_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    # When the person last proved themselves again in this session; null: at its beginning only.
    reauthenticated_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    end_reason = fields.CharField(max_length=40, default="")
    address = fields.CharField(max_length=64, default="")
    agent = fields.CharField(max_length=300, default="")

    class Meta:
        abstract = True


class StaffSession(SessionColumns):
    """A staff member's session, or a program's."""

    staff_member: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.CASCADE
    )
    staff_member_id: UUID
    # The program that acts in this session, for itself or for the staff member. It is never renewed.
    program: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.CASCADE, null=True
    )
    program_id: UUID | None

    class Meta:
        table = "staff_session"
        table_description = "staff_session"
        indexes = (("staff_member_id", "ended_at"),)


class PatientSession(SessionColumns):
    """A portal account's session."""

    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.CASCADE
    )
    account_id: UUID

    class Meta:
        table = "patient_session"
        table_description = "patient_session"
        indexes = (("account_id", "ended_at"),)


class SpentRefreshToken(Model, metaclass=FastModelMeta):
    """A used refresh token. If it is presented again, it was stolen. Deleted after its session expires."""

    token_hash = fields.CharField(max_length=64, primary_key=True)
    session_id: UUID = fields.UUIDField(db_index=True)
    expires_at: datetime = fields.DatetimeField()

    class Meta:
        table = "spent_refresh_token"
        table_description = "spent_refresh_token"
