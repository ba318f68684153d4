"""The practice and its facilities."""

import re
from datetime import datetime
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from clinic.database.tenancy import FastModelMeta, TenantModel
from clinic.values.limits import USUAL_IDLE_MINUTES
from clinic.values.paper import PaperSize

# The path segment that identifies an organization in portal addresses.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Organization(Model, metaclass=FastModelMeta):
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
    # After how many minutes without a request a staff session ends.
    staff_idle_minutes = fields.SmallIntField(default=USUAL_IDLE_MINUTES, db_default=USUAL_IDLE_MINUTES)
    # The paper of the printed sheet, of documents written as text, and of certificates made from now on.
    paper_size = fields.CharEnumField(
        PaperSize, description="PaperSize", max_length=6, default=PaperSize.A4, db_default=PaperSize.A4.value
    )
    # Whether staff without a second factor can only add one.
    require_staff_second_factor = fields.BooleanField(default=False, db_default=False)
    # Whether staff sign in by password. Where they don't, the practice's provider signs them in.
    password_sign_in = fields.BooleanField(default=True, db_default=True)
    # The origins of pages that may ask the API for this practice, with spaces between.
    allowed_origins = fields.TextField(default="", db_default="")
    # For how many years signed documents are kept at least; null means for ever (`clinic.documents.retention`).
    signed_retention_years: int | None = fields.SmallIntField(null=True)
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

    @property
    def page_origins(self) -> tuple[str, ...]:
        return tuple(self.allowed_origins.split())

    def closest_language(self, tag: str) -> str:
        """The offered language that matches the tag ("es" also matches "es-MX"), else the practice's default."""
        offered = self.language_tags
        return next((language for language in (tag, tag.split("-")[0]) if language in offered), offered[0])


class OrganizationLogo(TenantModel):
    """The logo as PNGs that we encoded ourselves. It has its own table, so that other queries do not load it.

    `png` is for letters and pages. The other two are null in rows of earlier releases, which had one PNG for all uses.
    """

    png = fields.BinaryField()
    print_png: bytes | None = fields.BinaryField(null=True)
    icon_png: bytes | None = fields.BinaryField(null=True)
    sha256 = fields.CharField(max_length=64)

    class Meta:
        table = "organization_logo"
        table_description = "organization_logo"
        unique_together = (("organization",),)


class LogoUpload(TenantModel):
    """A picture that staff sent and that was redrawn. It becomes the organization's logo within a day or is deleted."""

    png = fields.BinaryField()
    print_png = fields.BinaryField()
    icon_png = fields.BinaryField()
    sha256 = fields.CharField(max_length=64)
    # The staff member who sent it. There is no foreign key, because staff are a floor above organizations.
    uploaded_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField(db_index=True)

    class Meta:
        table = "logo_upload"
        table_description = "logo_upload"


class Facility(TenantModel):
    """A location of the organization with its own name, address and phone.

    An empty `time_zone` means the organization's. An archived facility is offered for nothing new, and stays on the
    episodes and appointments that have it.
    """

    name = fields.CharField(max_length=200)
    address = fields.TextField(default="")
    phone = fields.CharField(max_length=40, default="")
    time_zone = fields.CharField(max_length=64, default="", db_default="")
    archived_at: datetime | None = fields.DatetimeField(null=True)

    @property
    def address_lines(self) -> tuple[str, ...]:
        return tuple(line for line in self.address.splitlines() if line.strip())

    class Meta:
        table = "facility"
        table_description = "facility"
        unique_together = (("organization", "name"),)
