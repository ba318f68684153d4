"""`vestibule import fhir`: R4 resources as published examples and generators have them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.external_ids import Identifier
from clinic.records.import_files.fhir_records import FhirReading, Numbers, records_of
from clinic.records.import_files.fhir_text import Resource, resources_of
from clinic.records.import_files.problems import FileRefused, Unreadable
from clinic.records.models import Appointment, Contact, ContactEmail, ExternalIdKind, Relationship
from clinic.records.sync.records import LEFT_OUT, SyncContact
from clinic.values.callers import SystemCaller
from runtime.cli import program
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.runtime.commands import Look, looking_into, run

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
ZOE: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"use": "old", "system": "urn:mrn", "value": "7"}, {"system": "urn:mrn", "value": "0042"}],
    "name": [
        {"use": "old", "family": "Gray", "given": ["Zoë"]},
        {"use": "official", "family": "Núñez", "given": ["Zoë", "Ana"]},
    ],
    "telecom": [
        {"system": "email", "value": "second@example.com", "rank": 2},
        {"system": "email", "value": "gone@example.com", "use": "old", "rank": 1},
        {"system": "email", "value": "past@example.com", "rank": 1, "period": {"end": "2020"}},
        {"system": "email", "value": "first@example.com", "rank": 1, "period": {"start": "2020-01-01"}},
        {"system": "phone", "value": "208 555 0134"},
    ],
    "birthDate": "1980-05-04",
    "communication": [{"language": {"coding": [{"code": "es"}]}, "preferred": True}],
}


def visit(status: str = "booked", patient: str = "Patient/p1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": "a1",
        "status": status,
        "start": SOON.isoformat(),
        "end": (SOON + timedelta(hours=1)).isoformat(),
        "participant": [
            {"actor": {"reference": patient}},
            {"actor": {"reference": "Location?identifier=urn:places|riverside"}},
            {"actor": {"reference": "Practitioner/unknown"}},
        ],
        **more,
    }


MOTHER: dict[str, Any] = {
    "resourceType": "RelatedPerson",
    "id": "r1",
    "patient": {"reference": "Patient?identifier=urn:mrn|0042"},
    "relationship": [{"coding": [{"code": "MTH", "display": "Mother"}]}],
    "name": [{"text": "Ana Núñez"}],
}


def read(body: dict[str, Any], system: str = "urn:fhir") -> Any:
    return records_of(Resource(1, body), FhirReading(Numbers(system), NOW))


def contact_of(**changes: Any) -> SyncContact:
    [contact] = read({**ZOE, **changes})
    assert isinstance(contact, SyncContact)
    return contact


def test_patient_is_read_with_the_best_name_and_the_addresses_that_are_valid_now() -> None:
    zoe = contact_of()
    assert (zoe.given_name, zoe.family_name, zoe.language) == ("Zoë Ana", "Núñez", "es")
    assert zoe.emails == ["first@example.com", "second@example.com"]
    assert zoe.phones == ["208 555 0134"]
    assert zoe.date_of_birth == date(1980, 5, 4)
    assert zoe.external_id == Identifier("urn:fhir/Patient", "p1")
    assert zoe.archived is None
    [by_number] = read(ZOE, "urn:mrn")
    assert by_number.external_id == Identifier("urn:mrn", "0042")


def test_what_is_not_in_the_resource_is_left_out() -> None:
    bare = {"resourceType": "Patient", "id": "p9", "name": [{"text": "Nora"}]}
    [contact] = read(bare)
    assert (contact.given_name, contact.family_name) == ("Nora", "")
    assert contact.emails is contact.phones is contact.date_of_birth is contact.language is LEFT_OUT


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1972-3-23", date(1972, 3, 23)), ("1980-05-04T00:00:00", date(1980, 5, 4)), ("1980", None), ("1980-05", None)],
)
def test_year_alone_is_no_date_of_birth(written: str, expected: date | None) -> None:
    assert contact_of(birthDate=written).date_of_birth == expected


@pytest.mark.parametrize("written", ["1980-05-04T00:00:00+02:00", "1980-02-30", "soon"])
def test_date_of_birth_that_may_be_another_day_is_refused(written: str) -> None:
    with pytest.raises(Unreadable, match="birthDate"):
        contact_of(birthDate=written)


def test_who_died_or_left_is_archived_and_who_was_merged_is_left_to_staff() -> None:
    for gone in ({"deceasedBoolean": True}, {"deceasedDateTime": "2026-01-01"}, {"active": False}):
        assert contact_of(**gone).archived is True
    assert contact_of(active=True, deceasedBoolean=False).archived is None
    with pytest.raises(Unreadable, match="MERGED"):
        contact_of(link=[{"type": "replaced-by", "other": {"reference": "Patient/p2"}}])


@pytest.mark.parametrize("status", ["booked", "arrived", "checked-in", "fulfilled", "noshow"])
def test_appointment_that_takes_or_took_place_is_kept(status: str) -> None:
    [appointment] = read(visit(status))
    assert (appointment.cancelled, appointment.source_status, appointment.starts_at) == (False, status, SOON)
    assert appointment.contact == Identifier("urn:fhir/Patient", "p1")


def test_other_appointments_are_cancelled_skipped_or_refused() -> None:
    assert [read(visit(status))[0].cancelled for status in ("cancelled", "entered-in-error")] == [True, True]
    [cancelled] = read({**visit("cancelled"), "start": None})
    assert cancelled.cancelled
    for skipped in (visit("proposed"), visit("pending"), visit("waitlist"), visit(start=None)):
        with pytest.raises(Unreadable) as reason:
            read(skipped)
        assert reason.value.skipped
    [by_length] = read({**visit(), "end": None, "minutesDuration": 45})
    assert by_length.ends_at - by_length.starts_at == timedelta(minutes=45)
    with pytest.raises(Unreadable, match="NOT_ONE_PATIENT"):
        read(visit(patient="Group/g"))


def test_bundles_and_ndjson_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": ZOE}, {"request": {}}]}
    for text in (json.dumps(bundle), json.dumps(bundle, indent=1), "\ufeff" + json.dumps(bundle)):
        path.write_text(text, encoding="utf-8")
        assert [(each.kind, each.full_url) for each in resources_of(path)] == [("Patient", "urn:uuid:1")]
    path.write_text(f"{json.dumps(ZOE)}\n\n{json.dumps(MOTHER)}\n", encoding="utf-8")
    assert [(each.place, each.kind) for each in resources_of(path)] == [(1, "Patient"), (3, "RelatedPerson")]
    path.write_text("<Patient/>", encoding="utf-8")
    with pytest.raises(FileRefused):
        list(resources_of(path))


def test_patient_with_all_that_the_specifications_example_has_is_read() -> None:
    """An extension of the date, a telecom without a value, an old phone by its period, a contained practice."""
    period = {"end": "2014"}
    contact = contact_of(
        text={"status": "generated", "div": "<div>Ada Vale</div>"},
        contained=[{"resourceType": "Organization", "id": "o", "name": "Alder Clinic"}],
        managingOrganization={"reference": "#o"},
        active=True,
        name=[
            {"use": "usual", "given": ["Adie"]},
            {"use": "maiden", "family": "Roe", "given": ["Ada"], "period": period},
            {"use": "official", "family": "Vale", "given": ["Ada", "Lou"]},
        ],
        telecom=[
            {"use": "home"},
            {"system": "phone", "value": "208 555 0102", "use": "mobile", "rank": 2},
            {"system": "phone", "value": "208 555 0101", "use": "work", "rank": 1},
            {"system": "phone", "value": "208 555 0103", "use": "old", "period": period},
        ],
        birthDate="1974-12-25",
        _birthDate={"extension": [{"url": "urn:time-of-birth", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
        deceasedBoolean=False,
        contact=[
            {"name": {"family": "Roe", "given": ["Bo"]}, "telecom": [{"system": "email", "value": "bo@roe.example"}]}
        ],
    )
    assert (contact.given_name, contact.family_name, contact.date_of_birth) == ("Ada Lou", "Vale", date(1974, 12, 25))
    assert (contact.phones, contact.emails, contact.archived) == (["208 555 0101", "208 555 0102"], [], None)


def of_synthea() -> dict[str, Any]:
    """A transaction as Synthea writes it, with a resource that is not ours, and appointments, which it never has."""
    urn = "urn:uuid:0f5c4a2e"
    patient = {
        "resourceType": "Patient",
        "id": "0f5c4a2e",
        "extension": [{"url": "urn:race", "extension": [{"url": "text", "valueString": "White"}]}],
        "identifier": [
            {"system": "urn:synthea", "value": "0f5c4a2e"},
            {"type": {"coding": [{"code": "MR"}]}, "system": "urn:mrn", "value": "77"},
        ],
        "name": [{"use": "official", "family": "Kub800", "given": ["Ada12"], "prefix": ["Mrs."]}],
        "telecom": [{"system": "phone", "value": "208-555-0177", "use": "home"}],
        "birthDate": "1956-08-01",
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en-US"}]}}],
    }
    doctor = {"actor": {"reference": "Practitioner?identifier=urn:npi|9999"}, "status": "accepted"}
    encounter = {"resourceType": "Encounter", "id": "e", "subject": {"reference": urn}, "participant": [doctor]}
    visits = [
        {**visit(), "id": f"v{at}", "participant": [{"actor": {"reference": named}}, doctor]}
        for at, named in enumerate((urn, "Patient/0f5c4a2e", "Patient?identifier=urn:mrn|77"))
    ]
    entries: list[dict[str, Any]] = [{"fullUrl": urn, "resource": patient}]
    entries += [{"resource": each} for each in (encounter, *visits)]
    request = {"method": "POST", "url": "x"}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{**each, "request": request} for each in entries],
    }


@pytest.mark.parametrize("system", ["urn:mrn", "urn:vestibule:fhir"])
def test_bundle_of_synthea_leads_each_appointment_to_its_patient(look: Look, tmp_path: Path, system: str) -> None:
    path = tmp_path / "synthea.json"
    path.write_text(json.dumps(of_synthea()), encoding="utf-8")
    words = ("import", "fhir", str(path), "--organization", "alder", "--system", system, "--json")
    for outcome in ("created", "unchanged"):
        done = run(program("import"), *words).as_json
        assert (done[outcome], done["refused"], done["incomplete"]) == (4, 0, 3)

    async def there() -> tuple[str, str | None, int]:
        [ada] = await Contact.all()
        return ada.given_name, ada.language, await Appointment.filter(contact_id=ada.id).count()

    assert look(there) == ("Ada12", "en-US", 3)


@pytest.fixture
def look(sqlite_database: str, operator_settings: Settings) -> Look:
    inside = looking_into(sqlite_database)

    async def make() -> None:
        services = build_services(operator_settings)
        alder = await create_organization(NewOrganization(slug="alder", name="Alder Clinic"), services, by="test")
        caller = SystemCaller(alder.id, "test")
        place = await create_facility(caller, "Riverside", services)
        number = Identifier("urn:places", "riverside")
        await set_external_ids(caller, ExternalIdKind.FACILITY, place.id, [number], services)

    inside(make)
    return inside


def test_files_of_each_kind_come_in_any_order_and_again_change_nothing(look: Look, tmp_path: Path) -> None:
    """Appointments before their patients, search references, an unknown practitioner and a location that is known."""
    visits, people = tmp_path / "Appointment.ndjson", tmp_path / "people.json"
    visits.write_text(f"{json.dumps(visit())}\n{json.dumps({**visit('proposed'), 'id': 'a2'})}\n", encoding="utf-8")
    entries = [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in (MOTHER, ZOE)]
    people.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}), encoding="utf-8")

    def imported(*more: str) -> dict[str, int]:
        words = ("import", "fhir", str(visits), str(people), "--organization", "alder", "--json", *more)
        done = run(program("import"), *words)
        assert done.exit_code == 0, done.output
        return {name: number for name, number in done.as_json.items() if isinstance(number, int) and number}

    assert imported("--dry-run") == {"dry_run": 1, "created": 4, "skipped": 1, "incomplete": 1}
    assert imported() == {"created": 4, "skipped": 1, "incomplete": 1}
    assert imported() == {"unchanged": 4, "skipped": 1, "incomplete": 1}

    async def there() -> list[Any]:
        mother, entry = await Relationship.get(), await Appointment.get()
        relative = await Contact.get(id=mother.relative_id)
        return [
            *(mother.kind, relative.given_name, entry.facility_id is not None, entry.staff_member_id),
            await ContactEmail.all().count(),
        ]

    assert look(there) == ["mother", "Ana Núñez", True, None, 2]
    moved = {**visit(), "start": (SOON + timedelta(minutes=5)).isoformat()}
    visits.write_text(f"{json.dumps(moved)}\n", encoding="utf-8")
    assert imported() == {"changed": 1, "unchanged": 3, "incomplete": 1}
    visits.write_text(f"{json.dumps(visit('cancelled'))}\n", encoding="utf-8")
    assert imported() == {"cancelled": 1, "unchanged": 3}


def test_each_appointment_that_goes_without_somebody_is_named_with_the_remedy(look: Look, tmp_path: Path) -> None:
    visits = tmp_path / "visits.ndjson"
    lines = [json.dumps(each) for each in (ZOE, *({**visit(), "id": f"a{number}"} for number in range(23)))]
    visits.write_text("\n".join(lines), encoding="utf-8")
    words = ("import", "fhir", str(visits), "--organization", "alder")
    answer = run(program("import"), *words, "--json", "--dry-run").as_json
    assert (answer["incomplete"], len(answer["incomplete_records"])) == (23, 23)
    assert answer["incomplete_records"][0] == {
        "file": "visits.ndjson",
        "line": 2,
        "id": "a0",
        "kind": "Practitioner",
        "system": "urn:vestibule:fhir/Practitioner",
        "value": "unknown",
        "remedy": "it goes without a staff member, because Practitioner unknown is unknown. Give a staff member this "
        "external id of urn:vestibule:fhir/Practitioner (staff screen, Staff, or setExternalIds), and import the file "
        "again.",
    }
    said = run(program("import"), *words).output
    assert "visits.ndjson, line 21: Appointment a19: it goes without a staff member" in said
    assert "line 22" not in said
    assert "and 3 more such appointments" in said
