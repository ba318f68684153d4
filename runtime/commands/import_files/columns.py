"""What the operator says of the columns of CSV files."""

from collections.abc import Sequence

from clinic.records.import_files.csv_columns import FIELDS
from runtime.commands.failures import CommandFailed


def chosen_fields(choices: Sequence[str]) -> dict[str, str]:
    """The operator's choices, written as `HEADER=field`. Raises `CommandFailed` for an unknown field."""
    known = {one for fields in FIELDS.values() for one in fields}
    chosen = {}
    for choice in choices:
        header, _, name = choice.rpartition("=")
        if not header or name not in known:
            raise CommandFailed(f"--map {choice}: write HEADER=field, with one of {', '.join(sorted(known))}.")
        chosen[header] = name
    return chosen
