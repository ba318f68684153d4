"""Makes records of FHIR R4 resources: Patient, RelatedPerson and Appointment (decision 0066, product §7).

Practitioners and Locations are not made: they are found by the external ids that staff members and facilities have.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from clinic.records.external_ids import Identifier
from clinic.records.import_files.fhir_parts import (
    birth_of,
    day_of,
    emails_of,
    instant_of,
    language_of,
    name_of,
    parts,
    phones_of,
    text_of,
)
from clinic.records.import_files.fhir_text import Resource
from clinic.records.import_files.problems import RecordProblem, Unreadable
from clinic.records.models import ContactKind
from clinic.records.sync.records import LEFT_OUT, LeftOut, SyncAppointment, SyncContact, SyncRecord, SyncRelationship

# The kinds in the order in which they are imported: what is referred to comes first.
IMPORTED = ("Patient", "RelatedPerson", "Appointment")
_REFERRED = frozenset({"Patient", "Practitioner", "Location", "RelatedPerson"})
_PLACES = frozenset({"Practitioner", "Location"})
_NOT_YET = frozenset({"proposed", "pending", "waitlist"})
_NO_MORE = frozenset({"cancelled", "entered-in-error"})


@dataclass
class Numbers:
    """By which number each resource is known: the identifier of `system` if it has one, else its own id.

    Practitioners and locations are known by any of their identifiers that is in `places`: the external ids that staff
    members and facilities have. `by_address` has the number by kind and address, for each way of
    referring to a resource.
    """

    system: str
    places: Collection[Identifier] = ()
    by_address: dict[tuple[str, str], Identifier] = field(default_factory=dict)

    def of(self, resource: Resource) -> Identifier:
        """The number. Raises `Unreadable` for a resource without any."""
        for each in parts(resource.body.get("identifier")):
            number = Identifier(text_of(each.get("system")), text_of(each.get("value")))
            wanted = number in self.places if resource.kind in _PLACES else number.system == self.system
            if wanted and number.value and each.get("use") != "old":
                return number
        own = text_of(resource.body.get("id")) or resource.full_url.removeprefix("urn:uuid:")
        if not own:
            raise Unreadable("id", RecordProblem.NO_NUMBER, system=self.system)
        return self._by_id(resource.kind, own)

    def learn(self, resource: Resource) -> None:
        """Remember how the resource may be referred to."""
        if resource.kind not in _REFERRED:
            return
        try:
            number = self.of(resource)
        except Unreadable:
            return
        if own := text_of(resource.body.get("id")):
            self.by_address[resource.kind, f"{resource.kind}/{own}"] = number
        if resource.full_url:
            self.by_address[resource.kind, resource.full_url] = number
        for each in parts(resource.body.get("identifier")):
            search = _search(resource.kind, text_of(each.get("system")), text_of(each.get("value")))
            self.by_address[resource.kind, search] = number

    def named_by(self, reference: object, kind: str) -> Identifier | None:
        """The number of the resource of this kind that is referred to; None for a reference to anything else."""
        if not isinstance(reference, dict):
            return None
        address = text_of(reference.get("reference"))
        if (kind, address) in self.by_address:
            return self.by_address[kind, address]
        identifier = reference.get("identifier")
        if not address and isinstance(identifier, dict) and reference.get("type", kind) == kind:
            return self._logical(kind, text_of(identifier.get("system")), text_of(identifier.get("value")))
        if address.startswith(f"{kind}?identifier="):
            system, _, value = unquote(address.partition("=")[2]).rpartition("|")
            return self._logical(kind, system, value)
        before, _, own = address.partition("/_history")[0].rpartition("/")
        return self._by_id(kind, own) if own and (before == kind or before.endswith(f"/{kind}")) else None

    def _logical(self, kind: str, system: str, value: str) -> Identifier | None:
        return self.by_address.get((kind, _search(kind, system, value))) or (
            Identifier(system, value) if system else None
        )

    def _by_id(self, kind: str, own: str) -> Identifier:
        return Identifier(f"{self.system.rstrip('/')}/{kind}", own)


@dataclass(frozen=True)
class UnknownPlace:
    """A resource, a Location or a Practitioner, that has no record here. With the external id `number` one has."""

    kind: str
    number: Identifier


@dataclass(frozen=True)
class FhirReading:
    """What resources are read with: the numbers, and the present."""

    numbers: Numbers
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()


def records_of(resource: Resource, reading: FhirReading) -> list[SyncRecord]:
    """The records in a resource of an `IMPORTED` kind. Raises `Unreadable`."""
    match resource.kind:
        case "Patient":
            return [_patient(resource, reading)]
        case "RelatedPerson":
            return _related(resource, reading)
        case _:
            return [_appointment(resource, reading)]


def _patient(resource: Resource, reading: FhirReading) -> SyncContact:
    for link in parts(resource.body.get("link")):
        if link.get("type") == "replaced-by":
            raise Unreadable("link", RecordProblem.MERGED)
    return _contact(resource, reading, ContactKind.CLIENT)


def _contact(resource: Resource, reading: FhirReading, kind: ContactKind) -> SyncContact:
    body = resource.body
    given, family = name_of(body, reading.today)
    gone = bool(body.get("deceasedBoolean")) or bool(body.get("deceasedDateTime")) or body.get("active") is False
    return SyncContact(
        external_id=reading.numbers.of(resource),
        kind=kind,
        given_name=given,
        family_name=family,
        date_of_birth=birth_of(body),
        emails=emails_of(body, reading.today),
        phones=phones_of(body, reading.today),
        language=language_of(body),
        archived=True if gone else None,
    )


def _related(resource: Resource, reading: FhirReading) -> list[SyncRecord]:
    client = reading.numbers.named_by(resource.body.get("patient"), "Patient")
    if client is None:
        raise Unreadable("patient", RecordProblem.NO_PATIENT)
    contact = _contact(resource, reading, ContactKind.INDIVIDUAL)
    period = resource.body.get("period")
    relationship = SyncRelationship(
        external_id=contact.external_id,
        client=client,
        relative=contact.external_id,
        kind=_relationship_kind(resource.body),
        ends_on=day_of(period.get("end")) if isinstance(period, dict) and "end" in period else LEFT_OUT,
    )
    return [contact, relationship]


def _relationship_kind(body: Mapping[str, Any]) -> str:
    for concept in parts(body.get("relationship")):
        codings = parts(concept.get("coding"))
        shown = [text_of(coding.get("display")) for coding in codings] + [text_of(each.get("code")) for each in codings]
        if kind := text_of(concept.get("text")) or next(filter(None, shown), ""):
            return kind.lower()
    return "relative"


def _appointment(resource: Resource, reading: FhirReading) -> SyncAppointment:
    body, status = resource.body, text_of(resource.body.get("status"))
    if status in _NOT_YET:
        raise Unreadable("status", RecordProblem.NOT_YET, skipped=True, status=status)
    cancelled = status in _NO_MORE
    starts_at = instant_of(body.get("start"))
    ends_at = instant_of(body.get("end"))
    minutes = body.get("minutesDuration")
    if starts_at is not None and ends_at is None and isinstance(minutes, int):
        ends_at = starts_at + timedelta(minutes=minutes)
    if cancelled:
        # Cancelling changes no times, so those that are missing don't matter.
        starts_at, ends_at = starts_at or reading.now, ends_at or reading.now
    if starts_at is None or ends_at is None:
        raise Unreadable("start", RecordProblem.NO_TIMES, skipped=True)
    actors = _actors(body)
    patients = [number for each in actors if (number := reading.numbers.named_by(each, "Patient"))]
    if len(set(patients)) != 1:
        raise Unreadable("participant", RecordProblem.NOT_ONE_PATIENT)
    return SyncAppointment(
        external_id=reading.numbers.of(resource),
        contact=patients[0],
        starts_at=starts_at,
        ends_at=ends_at,
        facility=_known(actors, "Location", reading),
        staff_member=_known(actors, "Practitioner", reading),
        source_status=status or LEFT_OUT,
        cancelled=cancelled,
    )


def unknown_places(resource: Resource, reading: FhirReading) -> tuple[UnknownPlace, ...]:
    """The Location and the Practitioner that an appointment names and that have no record here: the first of each."""
    if resource.kind != "Appointment" or text_of(resource.body.get("status")) in _NO_MORE:
        return ()
    actors = _actors(resource.body)
    unknown = []
    for kind in ("Location", "Practitioner"):
        named = [number for each in actors if (number := reading.numbers.named_by(each, kind))]
        if named and _known(actors, kind, reading) is LEFT_OUT:
            unknown.append(UnknownPlace(kind, named[0]))
    return tuple(unknown)


def _actors(body: Mapping[str, Any]) -> list[Any]:
    return [each.get("actor") for each in parts(body.get("participant")) if each.get("status") != "declined"]


def _known(actors: list[Any], kind: str, reading: FhirReading) -> Identifier | LeftOut:
    """The first actor of this kind that has a record here. One that has none is left out."""
    named = [number for each in actors if (number := reading.numbers.named_by(each, kind))]
    return next((number for number in named if number in reading.numbers.places), LEFT_OUT)


def _search(kind: str, system: str, value: str) -> str:
    return f"{kind}?identifier={system}|{value}"
