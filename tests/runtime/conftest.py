"""Where the commands that run in the process of the test find their settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings, read_settings


@pytest.fixture
def operator_settings(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Those of an operator in an empty folder, with a migrated SQLite database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "test")
    monkeypatch.setenv("VESTIBULE_DATABASE_URL", sqlite_database)
    read_settings.cache_clear()
    yield read_settings()
    read_settings.cache_clear()
