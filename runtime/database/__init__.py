"""The database (SQLite or PostgreSQL, selected by URL): connections, schema migrations and reliable transactions."""

from runtime.database.config import DatabaseUrlInvalid, open_database, tortoise_config
from runtime.database.locks import migration_lock
from runtime.database.migrate import MigrationBrokeReferences, migrate, schema_version_problem
from runtime.database.roles import grant_to_program, program_role_problem

__all__ = [
    "DatabaseUrlInvalid",
    "MigrationBrokeReferences",
    "grant_to_program",
    "migrate",
    "migration_lock",
    "open_database",
    "program_role_problem",
    "schema_version_problem",
    "tortoise_config",
]
