"""Writes the refused rows of CSV files with the reason, so that they can be corrected and imported again."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from clinic.records.import_files.csv_text import as_text
from runtime.commands.failures import CommandFailed
from runtime.commands.import_files.run import Refused

# The import knows no column of this name, so that the corrected report can be imported as it is.
PROBLEM = "vestibule problem"


class Report:
    """A new CSV file for this user only: it holds the rows, so it is as confidential as the file they came from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._headers: Sequence[str] = ()

    def __enter__(self) -> Self:
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandFailed(f"{self._path} is there already: name a new file for the report.") from None
        self._file = os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, refused: Refused, headers: Sequence[str]) -> None:
        """Add a row. Each kind of file begins with its own headers. No cell is a formula for a spreadsheet."""
        if self._file is None:
            raise ValueError("the report is not open")
        writer = csv.writer(self._file)
        if headers != self._headers:
            self._headers = headers
            writer.writerow([*map(as_text, headers), PROBLEM])
        cells = [*refused.cells, *[""] * (len(headers) - len(refused.cells))]
        writer.writerow([*map(as_text, cells), as_text(f"{refused.file}, line {refused.line}: {refused.problem}")])
