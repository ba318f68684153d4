"""Where the commands that run in the process of the test find their settings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings, read_settings


@pytest.fixture
def settings_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Settings]]:
    """Makes those of an operator in an empty folder, with the database at this address."""
    monkeypatch.chdir(tmp_path)

    def made(database_url: str) -> Settings:
        monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "test")
        monkeypatch.setenv("VESTIBULE_DATABASE_URL", database_url)
        read_settings.cache_clear()
        return read_settings()

    yield made
    read_settings.cache_clear()


@pytest.fixture
def operator_settings(settings_on: Callable[[str], Settings], sqlite_database: str) -> Settings:
    """With a migrated SQLite database."""
    return settings_on(sqlite_database)
