"""The people who work at the practice."""

from datetime import datetime

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.values.callers import Permission


class StaffMember(TenantModel):
    """A person who signs in to the API. `permissions` are names separated by spaces; a new member has none."""

    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=254)
    email_normal = fields.CharField(max_length=300)
    password_hash = fields.CharField(max_length=255)
    permissions = fields.CharField(max_length=200, default="")
    created_at: datetime = fields.DatetimeField()
    disabled_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "staff_member"
        table_description = "staff_member"
        unique_together = (("organization", "email_normal"),)

    @property
    def granted(self) -> frozenset[Permission]:
        return permissions_from_text(self.permissions)


def permissions_from_text(text: str) -> frozenset[Permission]:
    """The permissions in the stored form."""
    return frozenset(Permission(name) for name in text.split())


def permissions_as_text(permissions: frozenset[Permission]) -> str:
    """The stored form: names in alphabetical order, separated by spaces."""
    return " ".join(sorted(permission.value for permission in permissions))
