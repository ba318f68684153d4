"""A dry run remembers the contacts that it would create outside the memory of the process."""

import tracemalloc
from datetime import date

import pytest

from clinic.records.external_ids import Identifier
from clinic.records.sync.records import LEFT_OUT, SyncContact
from runtime.commands.import_files.planned import PlannedContacts


def contact(number: int) -> SyncContact:
    identifier = Identifier("urn:ehr", f"i{number}")
    emails = [f"given{number}@example.com"]
    return SyncContact(identifier, given_name=f"Given{number}", date_of_birth=date(1980, 1, 1), emails=emails)


def test_what_was_kept_is_found_again_as_it_was() -> None:
    planned = PlannedContacts()
    for number in range(3):
        planned[contact(number).external_id] = contact(number)

    found = planned[Identifier("urn:ehr", "i1")]
    assert found == contact(1)
    # Left out is not the same as empty.
    assert found.phones is LEFT_OUT
    assert planned.get(Identifier("urn:other", "i1")) is None
    assert set(planned) == {Identifier("urn:ehr", f"i{number}") for number in range(3)}

    planned[contact(1).external_id] = contact(2)
    assert planned[contact(1).external_id] == contact(2)
    del planned[contact(1).external_id]
    assert len(planned) == 2
    with pytest.raises(KeyError):
        del planned[contact(1).external_id]


def test_memory_does_not_grow_with_them() -> None:
    planned = PlannedContacts()
    tracemalloc.start()
    try:
        for number in range(2_000):
            planned[contact(number).external_id] = contact(number)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(planned) == 2_000
    # In a dictionary they take more than a megabyte.
    assert grown < 400_000
