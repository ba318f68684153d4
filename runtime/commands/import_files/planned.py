"""The contacts that a dry run would create, kept on disk: a file of a hundred thousand would fill the memory."""

import pickle
import sqlite3
from collections.abc import Iterator, MutableMapping

from clinic.records.external_ids import Identifier
from clinic.records.sync.records import SyncContact


class PlannedContacts(MutableMapping[Identifier, SyncContact]):
    """By external id. SQLite keeps a database without a name in a file that only this process has, and removes it."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute(
            "CREATE TABLE planned (system TEXT, value TEXT, contact BLOB, PRIMARY KEY (system, value)) WITHOUT ROWID"
        )

    def __setitem__(self, number: Identifier, contact: SyncContact) -> None:
        row = (number.system, number.value, pickle.dumps(contact))
        self._database.execute("INSERT OR REPLACE INTO planned VALUES (?, ?, ?)", row)

    def __getitem__(self, number: Identifier) -> SyncContact:
        sql = "SELECT contact FROM planned WHERE system = ? AND value = ?"
        found = self._database.execute(sql, (number.system, number.value)).fetchone()
        if found is None:
            raise KeyError(number)
        # Nobody but this process has written it.
        contact: SyncContact = pickle.loads(found[0])  # noqa: S301
        return contact

    def __delitem__(self, number: Identifier) -> None:
        sql = "DELETE FROM planned WHERE system = ? AND value = ?"
        if not self._database.execute(sql, (number.system, number.value)).rowcount:
            raise KeyError(number)

    def __iter__(self) -> Iterator[Identifier]:
        for system, value in self._database.execute("SELECT system, value FROM planned"):
            yield Identifier(system, value)

    def __len__(self) -> int:
        [[number]] = self._database.execute("SELECT count(*) FROM planned")
        return int(number)
