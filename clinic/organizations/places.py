"""Where a letter comes from: name, address, phone and time zone, all of the same place (decision 0040)."""

from dataclasses import dataclass

from clinic.organizations.models import Facility
from clinic.organizations.queries import OrganizationView


@dataclass(frozen=True)
class Place:
    """Whom to write to and call, and in which zone times are said. Address and phone may be empty."""

    name: str
    address_lines: tuple[str, ...]
    phone: str
    time_zone: str


def place_of(organization: OrganizationView, facility: Facility | None) -> Place:
    """The facility, if it has an address or a phone of its own; else the organization.

    Address and phone are never mixed: a facility's address with the practice's phone leads people astray. The zone is
    the facility's in either case, because the visit takes place there.
    """
    zone = facility.time_zone if facility and facility.time_zone else organization.time_zone
    if facility and (facility.address or facility.phone):
        return Place(facility.name, facility.address_lines, facility.phone, zone)
    return Place(organization.name, organization.address_lines, organization.phone, zone)
