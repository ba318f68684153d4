"""The people at the two demo practices. They are fictional, and their addresses use domains reserved for examples."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from clinic.organizations.actions import NewOrganization
from clinic.records.models import ContactKind
from clinic.values.callers import Permission
from dev.demo.document_texts import WILLOW_CREEK_DOCUMENTS, DemoDocument
from dev.demo.logos import harbor_logo, willow_logo

PASSWORD = "willow creek demo 2026"  # noqa: S105 - printed on the demo's page; the seeding refuses production


class PortalAccess(Enum):
    """The state of a person's portal account when the demo starts."""

    NONE = "nothing done yet"
    INVITED = "invited by staff"
    REGISTERED = "registered by invitation"
    SELF_REGISTERED = "registered alone, linked to nobody"


@dataclass(frozen=True)
class Place:
    """A facility to create."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True)
class DemoStaffMember:
    """A staff member to create. Only clinicians have appointments."""

    name: str
    email: str
    permissions: frozenset[Permission] = frozenset()
    clinician: bool = False


@dataclass(frozen=True)
class Person:
    """A contact to create. `place` is the facility of the current episode; None is shown as "--"."""

    given_name: str
    family_name: str
    date_of_birth: date
    email: str | None
    place: str | None = None
    access: PortalAccess = PortalAccess.NONE
    language: str = "en"
    phone: str = ""
    kind: ContactKind = ContactKind.CLIENT


@dataclass(frozen=True)
class Practice:
    """One demo practice. `relatives` are (client, relative, kind) by full name."""

    organization: NewOrganization
    draw_logo: Callable[[], bytes]
    places: tuple[Place, ...]
    staff: tuple[DemoStaffMember, ...]
    people: tuple[Person, ...]
    relatives: tuple[tuple[str, str, str], ...] = ()
    first_appointments: tuple[str, ...] = ()
    documents: tuple[DemoDocument, ...] = ()


EVERY_PERMISSION = frozenset(Permission)
READING = frozenset({Permission.VIEW_CONTACTS})
FRONT_DESK = frozenset({Permission.VIEW_CONTACTS, Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS})

_RIVERSIDE, _HILLTOP = "Riverside", "Hilltop"

# One per state of the icon (product §2).
_ONE_PER_STATE = (
    Person("Nora", "Gray", date(1961, 4, 9), None, _HILLTOP, phone="+1 208 555 0101"),
    Person("Omar", "Reyes", date(1987, 11, 23), "omar.reyes@example.com", _RIVERSIDE, language="es"),
    Person("Ines", "Novak", date(1979, 2, 14), "ines.novak@example.com", _HILLTOP, PortalAccess.INVITED),
    Person(
        "Ana", "Santos", date(1994, 8, 30), "ana.santos@example.com", None, PortalAccess.SELF_REGISTERED, language="es"
    ),
    Person("Leo", "Park", date(1983, 6, 17), "leo.park@example.com", _RIVERSIDE, PortalAccess.REGISTERED),
    Person("Mia", "Park", date(2016, 9, 5), "leo.park@example.com", _RIVERSIDE),
)

# Given name, family name, date of birth, place, portal access, language. The email address is derived from the name.
_OTHERS: tuple[tuple[str, str, date, str | None, PortalAccess, str], ...] = (
    ("Abel", "Whitaker", date(1952, 1, 30), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Beatriz", "Ocampo", date(1990, 5, 12), _HILLTOP, PortalAccess.NONE, "es"),
    ("Calvin", "Moreau", date(1975, 7, 3), None, PortalAccess.NONE, "en"),
    ("Delphine", "Arsenault", date(2001, 10, 19), _RIVERSIDE, PortalAccess.REGISTERED, "en"),
    ("Emeka", "Obi", date(1968, 12, 8), _HILLTOP, PortalAccess.NONE, "en"),
    ("Farah", "Haddad", date(1985, 3, 27), _RIVERSIDE, PortalAccess.INVITED, "en"),
    ("Giulia", "Ferrante", date(1998, 9, 14), _HILLTOP, PortalAccess.NONE, "en"),
    ("Hana", "Kobayashi", date(1972, 6, 6), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Ivo", "Łukasik", date(1959, 11, 1), None, PortalAccess.NONE, "en"),
    ("Jolene", "Tsosie", date(1993, 4, 25), _HILLTOP, PortalAccess.REGISTERED, "en"),
    ("Kofi", "Mensah", date(1980, 8, 16), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Lucía", "Villaseñor", date(2004, 2, 11), _HILLTOP, PortalAccess.NONE, "es"),
    ("Marguerite", "Delacroix-Featherstonehaugh", date(1947, 5, 29), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Niamh", "O’Sullivan", date(1989, 10, 2), _HILLTOP, PortalAccess.NONE, "en"),
    ("Oksana", "Tymoshenko", date(1977, 1, 21), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Pilar", "Zamora", date(1966, 7, 18), None, PortalAccess.INVITED, "es"),
    ("Quentin", "Ashdown", date(1996, 12, 31), _HILLTOP, PortalAccess.NONE, "en"),
    ("Rasheed", "Coleman", date(1984, 3, 9), _RIVERSIDE, PortalAccess.REGISTERED, "en"),
    ("Saoirse", "Brennan", date(2000, 6, 24), _HILLTOP, PortalAccess.NONE, "en"),
    ("Tomás", "Quiroga", date(1971, 9, 7), _RIVERSIDE, PortalAccess.NONE, "es"),
    ("Uma", "Krishnamurthy", date(1992, 11, 15), _HILLTOP, PortalAccess.NONE, "en"),
    ("Viktor", "Sorensen", date(1955, 2, 28), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Wren", "Halvorsen", date(2007, 4, 4), None, PortalAccess.NONE, "en"),
    ("Ximena", "Robles", date(1988, 8, 22), _HILLTOP, PortalAccess.NONE, "es"),
    ("Yusuf", "Demir", date(1963, 10, 10), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Zofia", "Nowak", date(1981, 12, 19), _HILLTOP, PortalAccess.NONE, "en"),
    ("Θάλεια", "Παππά", date(1974, 5, 5), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Ольга", "Миронова", date(1969, 1, 13), _HILLTOP, PortalAccess.NONE, "en"),
    ("Dale", "Everhart", date(1958, 7, 26), _RIVERSIDE, PortalAccess.NONE, "en"),
    ("Ruth", "Abernathy", date(1949, 9, 30), _HILLTOP, PortalAccess.NONE, "en"),
)
_WITHOUT_EMAIL = frozenset({"Abernathy", "Everhart", "Whitaker"})
_ASCII_FAMILY_NAMES = {"Łukasik": "lukasik", "Villaseñor": "villasenor", "O’Sullivan": "osullivan", "Παππά": "pappa"}
_ASCII_GIVEN_NAMES = {"Lucía": "lucia", "Tomás": "tomas", "Θάλεια": "thalia", "Ольга": "olga"}


def _address(given: str, family: str) -> str | None:
    if family in _WITHOUT_EMAIL:
        return None
    family = {**_ASCII_FAMILY_NAMES, "Миронова": "mironova"}.get(family, family.lower())
    return f"{_ASCII_GIVEN_NAMES.get(given, given.lower())}.{family}@example.com"


WILLOW_CREEK = Practice(
    NewOrganization(
        slug="willow-creek",
        name="Willow Creek Counseling",
        discreet_name="WCC Office",
        brand_colour="#2f6b57",
        address="214 Alder Street, Suite 3\nBoise, ID 83702",
        phone="+1 208 555 0140",
        website="https://willow-creek.example",
        support_email="help@willow-creek.example",
        time_zone="America/Boise",
    ),
    draw_logo=willow_logo,
    places=(
        Place(_RIVERSIDE, "88 Mill Race Road\nBoise, ID 83706", "+1 208 555 0141"),
        Place(_HILLTOP, "1200 Summit Drive, Floor 2\nBoise, ID 83702", "+1 208 555 0142"),
    ),
    staff=(
        DemoStaffMember("Frances Desk", "front.desk@willow-creek.example", FRONT_DESK),
        DemoStaffMember("Adrian Minh", "admin@willow-creek.example", EVERY_PERMISSION),
        DemoStaffMember("Bill Inglis", "billing@willow-creek.example"),
        DemoStaffMember("Dr. Maren Hale", "maren.hale@willow-creek.example", READING, clinician=True),
        DemoStaffMember("Theo Lindqvist, LCSW", "theo.lindqvist@willow-creek.example", READING, clinician=True),
        DemoStaffMember("Priya Raman, PhD", "priya.raman@willow-creek.example", READING, clinician=True),
    ),
    people=(
        *_ONE_PER_STATE,
        *(
            Person(given, family, date_of_birth, _address(given, family), place, access, language)
            for given, family, date_of_birth, place, access, language in _OTHERS
        ),
        Person("Carol", "Novak", date(1951, 3, 3), "carol.novak@example.com", kind=ContactKind.INDIVIDUAL),
    ),
    relatives=(("Mia Park", "Leo Park", "parent"), ("Ines Novak", "Carol Novak", "mother")),
    first_appointments=("Nora Gray", "Omar Reyes", "Ines Novak", "Ana Santos", "Leo Park", "Mia Park"),
    documents=WILLOW_CREEK_DOCUMENTS,
)

HARBOR_HOUSE = Practice(
    NewOrganization(
        slug="harbor-house",
        name="Harbor House Therapy",
        discreet_name="HHT Office",
        brand_colour="#1f5b8a",
        address="5 Quay Lane\nPortland, ME 04101",
        phone="+1 207 555 0120",
        website="https://harbor-house.example",
        support_email="help@harbor-house.example",
        time_zone="America/New_York",
    ),
    draw_logo=harbor_logo,
    places=(Place("Old Port", "Old Port\n5 Quay Lane\nPortland, ME 04101", "+1 207 555 0121"),),
    staff=(
        DemoStaffMember("Harriet Quay", "front.desk@harbor-house.example", FRONT_DESK),
        DemoStaffMember("Anders Holm", "admin@harbor-house.example", EVERY_PERMISSION),
        DemoStaffMember("Dr. Ingrid Moss", "ingrid.moss@harbor-house.example", READING, clinician=True),
    ),
    people=(
        # The same person and address as at Willow Creek, to show that the practices can't see each other's records.
        Person("Leo", "Park", date(1983, 6, 17), "leo.park@example.com", "Old Port"),
        Person("Edith", "Marlowe", date(1964, 12, 2), "edith.marlowe@example.com", "Old Port"),
        Person("Samuel", "Winslow", date(1991, 7, 7), "samuel.winslow@example.com", None, PortalAccess.INVITED),
        Person("Greta", "Lund", date(1956, 4, 20), None, "Old Port"),
    ),
)

PRACTICES = (WILLOW_CREEK, HARBOR_HOUSE)
