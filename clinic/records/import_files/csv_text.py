"""Finds out how a CSV file is written, and reads its rows one by one, so that a large file takes no more memory."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clinic.records.import_files.problems import FileProblem, FileRefused

_CHUNK = 1 << 20
_DELIMITERS = ",;\t"
# The byte order marks that spreadsheets write.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# A spreadsheet would run a cell that begins so. The apostrophe before it makes it a text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class CsvForm:
    """How a file is written: `encoding` for Python, `encoding_name` for people."""

    encoding: str
    encoding_name: str
    delimiter: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class CsvRow:
    """One row: the line on which it ends, and its cells without space around them."""

    line: int
    cells: tuple[str, ...]


def form_of(path: Path) -> CsvForm:
    """How the file is written. Raises `FileRefused` for one that can't be read as text or has no headers."""
    encoding, name = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as text:
        first = text.readline()
        if first.strip().lower().startswith("sep="):
            first = text.readline()
    delimiter = max(_DELIMITERS, key=_outside_quotes(first).count)
    form = CsvForm(encoding, name, delimiter, ())
    headers = next(_all_rows(path, form), None)
    if headers is None or not any(headers.cells):
        raise FileRefused(FileProblem.EMPTY)
    return CsvForm(encoding, name, delimiter, headers.cells)


def rows_of(path: Path, form: CsvForm) -> Iterator[CsvRow]:
    """The rows below the headers, without empty ones. A short row is filled up: spreadsheets cut empty cells."""
    rows = _all_rows(path, form)
    next(rows, None)
    for row in rows:
        if any(row.cells):
            yield CsvRow(row.line, row.cells + ("",) * (len(form.headers) - len(row.cells)))


def as_text(cell: str) -> str:
    """The cell as a spreadsheet shows it and never runs it. `_cell` reads it back."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell


def _all_rows(path: Path, form: CsvForm) -> Iterator[CsvRow]:
    with path.open(encoding=form.encoding, newline="") as text:
        rows = csv.reader(text, delimiter=form.delimiter)
        try:
            for cells in rows:
                if rows.line_num == 1 and cells and cells[0].strip().lower().startswith("sep="):
                    continue
                yield CsvRow(rows.line_num, tuple(_cell(cell) for cell in cells))
        except csv.Error:
            raise FileRefused(FileProblem.NO_CSV, line=rows.line_num) from None


def _encoding_of(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding, name in _MARKS:
        if start.startswith(mark):
            if not _is_text(path, encoding):
                raise FileRefused(FileProblem.OTHER_ENCODING, encoding=name)
            return encoding, name
    if b"\0" in start:
        raise FileRefused(FileProblem.NOT_TEXT)
    for encoding, name in (("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        if _is_text(path, encoding):
            return encoding, name
    raise FileRefused(FileProblem.UNKNOWN_ENCODING)


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
