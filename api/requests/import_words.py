"""What staff are told of a file that can't be imported, and of its records that can't be read, in each language."""

from collections.abc import Mapping

from clinic.records.import_files.problems import FileProblem, FileRefused, RecordProblem, Unreadable

_FILES_ENGLISH: Mapping[FileProblem, str] = {
    FileProblem.EMPTY: "This file is empty. Its first line must name the columns.",
    FileProblem.NO_CSV: "This is no CSV from line {line} on. Save it again as CSV UTF-8.",
    FileProblem.NOT_TEXT: "This is no CSV. Open it in your spreadsheet program and save it as CSV UTF-8.",
    FileProblem.OTHER_ENCODING: "This file begins like {encoding} and goes on otherwise. Save it again as CSV UTF-8.",
    FileProblem.UNKNOWN_ENCODING: "Some letters of this file can't be read. Save it again as CSV UTF-8.",
    FileProblem.COLUMN_MISSING: "A column that is needed is missing. Choose which one it is.",
    FileProblem.COLUMN_TWICE: "“{header}” and “{other}” are both taken for the same. Choose for one of them.",
    FileProblem.NO_FHIR: "This is no FHIR in JSON. Choose a Bundle, a resource, or NDJSON.",
    FileProblem.NO_RESOURCE: "Line {line} is no FHIR resource in JSON. Export the file again as NDJSON.",
    FileProblem.BUNDLE_TOO_LARGE: "This Bundle is too large. Export it as NDJSON, one resource a line.",
}
_FILES_SPANISH: Mapping[FileProblem, str] = {
    FileProblem.EMPTY: "Este archivo está vacío. Su primera línea debe nombrar las columnas.",
    FileProblem.NO_CSV: "Desde la línea {line} esto no es CSV. Guárdelo de nuevo como CSV UTF-8.",
    FileProblem.NOT_TEXT: "No es un CSV. Ábralo en su hoja de cálculo y guárdelo como CSV UTF-8.",
    FileProblem.OTHER_ENCODING: "Este archivo empieza como {encoding} y sigue de otra manera. "
    "Guárdelo de nuevo como CSV UTF-8.",
    FileProblem.UNKNOWN_ENCODING: "Algunas letras de este archivo no se pueden leer. Guárdelo de nuevo como CSV UTF-8.",
    FileProblem.COLUMN_MISSING: "Falta una columna necesaria. Elija cuál es.",
    FileProblem.COLUMN_TWICE: "“{header}” y “{other}” se toman por lo mismo. Elija otra cosa para una de ellas.",
    FileProblem.NO_FHIR: "No es FHIR en JSON. Elija un Bundle, un recurso o NDJSON.",
    FileProblem.NO_RESOURCE: "La línea {line} no es un recurso FHIR en JSON. Exporte el archivo de nuevo como NDJSON.",
    FileProblem.BUNDLE_TOO_LARGE: "Este Bundle es demasiado grande. Expórtelo como NDJSON, un recurso por línea.",
}
_RECORDS_ENGLISH: Mapping[RecordProblem, str] = {
    RecordProblem.TOO_MANY_CELLS: "The row has more cells than the first line has headers. Put quotes around commas.",
    RecordProblem.NO_KIND: "Write client or individual.",
    RecordProblem.NO_DATE: "Write the date with a day, a month and a year of four digits, such as 1980-05-04.",
    RecordProblem.SHORT_YEAR: "Write the year with four digits.",
    RecordProblem.YEAR_NOT_FIRST: "The year does not come first. Choose another order of dates.",
    RecordProblem.TWO_DATES: "This may be two dates. Choose the order of dates.",
    RecordProblem.NO_SUCH_DAY: "There is no such day.",
    RecordProblem.NO_INSTANT: "Write a date and a time, such as 2026-03-02 14:30.",
    RecordProblem.NO_SUCH_TIME: "The clock in {zone} does not show this time on that day.",
    RecordProblem.NO_MARK: "Write yes or no.",
    RecordProblem.NO_NUMBER: "It has no number that the other system knows it by.",
    RecordProblem.MERGED: "This record was merged into another one. Move a portal account by a transfer, and archive "
    "this record.",
    RecordProblem.NO_PATIENT: "This refers to no patient.",
    RecordProblem.NOT_ONE_PATIENT: "An appointment is of one patient, and this one is of none or of several.",
    RecordProblem.NO_BIRTH_DATE: "This is no date. The zone of a time could change the day of birth.",
    RecordProblem.NOT_YET: "A {status} appointment is not in the calendar yet.",
    RecordProblem.NO_TIMES: "The appointment has no start, or no end, with an offset from UTC.",
}
_RECORDS_SPANISH: Mapping[RecordProblem, str] = {
    RecordProblem.TOO_MANY_CELLS: "La fila tiene más celdas que encabezados la primera línea. "
    "Ponga entre comillas lo que tenga comas.",
    RecordProblem.NO_KIND: "Escriba cliente o persona.",
    RecordProblem.NO_DATE: "Escriba la fecha con día, mes y año de cuatro cifras, como 1980-05-04.",
    RecordProblem.SHORT_YEAR: "Escriba el año con cuatro cifras.",
    RecordProblem.YEAR_NOT_FIRST: "El año no va primero. Elija otro orden de las fechas.",
    RecordProblem.TWO_DATES: "Pueden ser dos fechas. Elija el orden de las fechas.",
    RecordProblem.NO_SUCH_DAY: "Ese día no existe.",
    RecordProblem.NO_INSTANT: "Escriba una fecha y una hora, como 2026-03-02 14:30.",
    RecordProblem.NO_SUCH_TIME: "El reloj de {zone} no marca esta hora ese día.",
    RecordProblem.NO_MARK: "Escriba sí o no.",
    RecordProblem.NO_NUMBER: "No tiene un número por el que el otro sistema lo conozca.",
    RecordProblem.MERGED: "Este registro se unió a otro. Lleve la cuenta del portal con un traslado y archive este "
    "registro.",
    RecordProblem.NO_PATIENT: "No se refiere a ningún paciente.",
    RecordProblem.NOT_ONE_PATIENT: "Una cita es de un paciente, y esta no es de ninguno o es de varios.",
    RecordProblem.NO_BIRTH_DATE: "No es una fecha. La zona de una hora podría cambiar el día de nacimiento.",
    RecordProblem.NOT_YET: "Una cita {status} todavía no está en el calendario.",
    RecordProblem.NO_TIMES: "A la cita le falta el inicio o el fin con su diferencia de UTC.",
}
FILE_WORDS = {"en": _FILES_ENGLISH, "es": _FILES_SPANISH}
RECORD_WORDS = {"en": _RECORDS_ENGLISH, "es": _RECORDS_SPANISH}


def file_words(refused: FileRefused, language: str) -> str:
    """Why the file can't be read, and what would help."""
    return FILE_WORDS[language][refused.problem].format(**refused.values)


def record_words(problem: Unreadable, language: str) -> str:
    """Why the record can't be read, and what would help."""
    return RECORD_WORDS[language][problem.problem].format(**problem.values)
