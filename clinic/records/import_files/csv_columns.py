"""Finds out what the columns of a CSV file are, by their headers in English and Spanish or by a person's choice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from clinic.records.import_files.problems import FileProblem, FileRefused
from clinic.values.text import search_key


class FileKind(Enum):
    """What the rows of a file are. The order is that in which files are imported."""

    CONTACTS = "contacts"
    RELATIONSHIPS = "relationships"
    APPOINTMENTS = "appointments"


# Headers as `_plain` makes them. A digit at the end, as in "email 2", does not count.
_SAID: Mapping[str, str] = {
    "id": "id, external id, patient id, client id, contact id, number, chart number, record number, mrn, "
    "appointment id, relationship id, id externo, id paciente, id de paciente, numero, "
    "numero de historia, numero de expediente, expediente, historia clinica, id cita, id de cita",
    "given_name": "given name, first name, firstname, forename, nombre, nombres, nombre de pila",
    "family_name": "family name, last name, lastname, surname, apellido, apellidos",
    "date_of_birth": "date of birth, birth date, birthdate, birthday, dob, fecha de nacimiento, nacimiento, "
    "fecha nacimiento",
    "email": "email, e mail, emails, email address, primary email, correo, correo electronico, correos",
    "phone": "phone, phones, phone number, mobile, mobile phone, cell, cell phone, home phone, work phone, telephone, "
    "telefono, telefonos, movil, celular, telefono movil, telefono fijo",
    "language": "language, lang, preferred language, idioma, lengua",
    "kind": "kind, type, tipo",
    "facility": "facility, facility id, location, location id, site, sede, centro, id sede, ubicacion",
    "archived": "archived, inactive, deceased, archivado, inactivo, fallecido",
    "contact": "contact, patient, client contact, paciente, contacto",
    "client": "client, cliente, child, receives care",
    "relative": "relative, related contact, related id, familiar, pariente, responsable",
    "relationship": "relationship, relation, relacion, parentesco",
    "portal_access": "portal access, access, acceso al portal, acceso portal, acceso",
    "ends_on": "ends on, end date, until, termina el, hasta, fecha final",
    "starts_at": "starts at, start, starts, start time, begin, inicio, comienzo, hora de inicio, empieza",
    "ends_at": "ends at, end, ends, end time, fin, final, hora de fin, termina",
    "staff_member": "staff member, staff, provider, provider id, clinician, therapist, profesional, terapeuta, medico",
    "status": "status, state, cancelled, canceled, estado, cancelada",
}
# A person's choice for a column that is left out though its header names a field.
LEFT_OUT_COLUMN = "left_out"
FIELDS: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.CONTACTS: (
        *("id", "given_name", "family_name", "date_of_birth", "email", "phone", "language", "kind", "facility"),
        "archived",
    ),
    FileKind.RELATIONSHIPS: ("id", "client", "relative", "relationship", "portal_access", "ends_on"),
    FileKind.APPOINTMENTS: ("id", "contact", "starts_at", "ends_at", "facility", "staff_member", "status"),
}
_NEEDED: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.CONTACTS: ("id",),
    FileKind.RELATIONSHIPS: ("client", "relative", "relationship"),
    FileKind.APPOINTMENTS: ("id", "contact", "starts_at", "ends_at"),
}
# Several columns may hold these, the first one first.
_MANY = frozenset({"email", "phone"})
# In a file of appointments "patient id" is whose, and "id" the appointment's own.
_PATIENT_NUMBERS = frozenset({"patient id", "client id", "contact id", "id paciente", "id de paciente", "mrn"})
_FIELD_OF = {header: name for name, headers in _SAID.items() for header in headers.split(", ")}


@dataclass(frozen=True)
class Columns:
    """What a file's rows are, at which places each field stands, and the headers that mean nothing to us."""

    kind: FileKind
    places: Mapping[str, tuple[int, ...]]
    ignored: tuple[str, ...] = field(default=())


def columns_of(headers: Sequence[str], chosen: Mapping[str, str]) -> Columns:
    """What the columns of a file are. `chosen` is the person's choice of a field by header.

    Raises `FileRefused` if a needed column is missing, or two columns are the same field.
    """
    by_choice = {_plain(header): field_name for header, field_name in chosen.items()}
    plain = [_plain(header) for header in headers]
    fields = [by_choice[header] if header in by_choice else _field_of(header) for header in plain]
    kind = _kind_of(fields)
    if kind is FileKind.APPOINTMENTS and "contact" not in fields:
        fields = [
            "contact" if header in _PATIENT_NUMBERS and header not in by_choice else one
            for header, one in zip(plain, fields, strict=True)
        ]
    places: dict[str, list[int]] = {}
    for place, one in enumerate(fields):
        if one in FIELDS[kind]:
            places.setdefault(str(one), []).append(place)
    for one, found in places.items():
        if len(found) > 1 and one not in _MANY:
            header, other, *_ = (headers[place] for place in found)
            raise FileRefused(FileProblem.COLUMN_TWICE, field=one, header=header, other=other)
    for one in _NEEDED[kind]:
        if one not in places:
            raise FileRefused(FileProblem.COLUMN_MISSING, field=one, records=kind.value)
    known = {place for found in places.values() for place in found}
    ignored = tuple(header for place, header in enumerate(headers) if place not in known and header)
    return Columns(kind, {one: tuple(found) for one, found in places.items()}, ignored)


def field_of_header(header: str) -> str | None:
    """The field that a header names in English or Spanish; None for an unknown one."""
    return _field_of(_plain(header))


def _plain(header: str) -> str:
    return " ".join(re.sub(r"[^0-9a-z]+", " ", search_key(header)).split())


def _field_of(header: str) -> str | None:
    return _FIELD_OF.get(header) or _FIELD_OF.get(re.sub(r"\s*\d+$", "", header))


def _kind_of(fields: Sequence[str | None]) -> FileKind:
    if "starts_at" in fields:
        return FileKind.APPOINTMENTS
    return FileKind.RELATIONSHIPS if "relative" in fields else FileKind.CONTACTS
