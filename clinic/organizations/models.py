"""The practice and its facilities."""

import re
from datetime import datetime
from uuid import uuid4

from tortoise import fields
from tortoise.models import Model

from clinic.database.tenancy import TenantModel

# The path segment that identifies an organization in portal addresses.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Organization(Model):
    """The tenant. `address` has up to four lines; `languages` are BCP 47 tags with spaces between, default first."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    slug = fields.CharField(max_length=63, unique=True)
    name = fields.CharField(max_length=200)
    discreet_name = fields.CharField(max_length=200, default="Your care portal")
    brand_colour = fields.CharField(max_length=7, default="#2b5f75")
    address = fields.TextField(default="")
    phone = fields.CharField(max_length=40, default="")
    website = fields.CharField(max_length=300, default="")
    support_email = fields.CharField(max_length=254, default="")
    time_zone = fields.CharField(max_length=64, default="UTC")
    languages = fields.CharField(max_length=100, default="en es")
    # The client's age at which relatives' portal access ends automatically; null means never.
    relatives_end_at_age: int | None = fields.SmallIntField(null=True)
    # How many days before that age staff see a warning.
    ageing_warning_days = fields.SmallIntField(default=30, db_default=30)
    # Whether people who are asked to sign get reminder letters.
    signing_reminders = fields.BooleanField(default=True, db_default=True)
    # Whether staff without a second factor can only add one.
    require_staff_second_factor = fields.BooleanField(default=False, db_default=False)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "organization"
        table_description = "organization"

    @property
    def address_lines(self) -> tuple[str, ...]:
        return tuple(line for line in self.address.splitlines() if line.strip())

    @property
    def language_tags(self) -> tuple[str, ...]:
        return tuple(self.languages.split())

    def closest_language(self, tag: str) -> str:
        """The offered language that matches the tag ("es" also matches "es-MX"), else the practice's default."""
        offered = self.language_tags
        return next((language for language in (tag, tag.split("-")[0]) if language in offered), offered[0])


class OrganizationLogo(TenantModel):
    """The logo as a PNG that we encoded ourselves. It has its own table, so that other queries do not load it."""

    png = fields.BinaryField()
    sha256 = fields.CharField(max_length=64)

    class Meta:
        table = "organization_logo"
        table_description = "organization_logo"
        unique_together = (("organization",),)


class Facility(TenantModel):
    """A location of the organization with its own name, address and phone."""

    name = fields.CharField(max_length=200)
    address = fields.TextField(default="")
    phone = fields.CharField(max_length=40, default="")

    class Meta:
        table = "facility"
        table_description = "facility"
        unique_together = (("organization", "name"),)
