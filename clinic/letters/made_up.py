"""The made-up person to whom previews and samples are addressed, and a link that opens nothing."""

from clinic.organizations.queries import OrganizationView
from clinic.records.models import Contact
from clinic.values.ports import Services

PERSON = "Maximiliana de los Ángeles Fernández-Villaseñor y Echeverría"
PIN = "K7MP4TQX"
TOKEN = "a-new-link-stands-here-in-each-letter"  # noqa: S105 - a made-up one, which opens nothing


def made_up_person() -> Contact:
    """Somebody with a name as long as names get. Never saved."""
    given, _, family = PERSON.partition(" Fernández")
    return Contact(given_name=given, family_name=f"Fernández{family}")


def shown_link(organization: OrganizationView, services: Services) -> str:
    """What stands where a letter has its link."""
    return f"{services.addresses.portal_url}/{organization.slug}/register/{TOKEN}"
