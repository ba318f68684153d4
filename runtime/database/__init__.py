"""The database (SQLite or PostgreSQL, selected by URL): connections, schema migrations and reliable transactions."""

from runtime.database.config import DatabaseUrlInvalid, open_database, tortoise_config
from runtime.database.locks import migration_lock
from runtime.database.migrate import MigrationBrokeReferences, migrate, schema_version_problem

__all__ = [
    "DatabaseUrlInvalid",
    "MigrationBrokeReferences",
    "migrate",
    "migration_lock",
    "open_database",
    "schema_version_problem",
    "tortoise_config",
]
