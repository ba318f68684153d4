"""Two tables and their migration: a stand-in for the clinic's where a test needs to bend the schema."""

from typing import Any

MIGRATIONS = "tests.runtime.toy.migrations"


def toy_apps(migrations: str = MIGRATIONS) -> dict[str, dict[str, Any]]:
    """The toy as an `apps` argument; a variant brings its own migrations."""
    return {"toy": {"models": ["tests.runtime.toy.models"], "default_connection": "default", "migrations": migrations}}
