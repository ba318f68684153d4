"""PostgreSQL: the role that the program runs as owns nothing. Migrations run as another role, which grants it rights.

So whoever has the program's connection can't alter tables, drop triggers, truncate, or change what is append-only.
docs/decisions/0025-two-database-roles.md
"""

from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise.connection import get_connection

from runtime.database.config import CONNECTION, own_connection
from runtime.database.migrate import HISTORY

# Tables that the program reads only, or whose rows it never changes. It may change and delete all other rows.
_RIGHTS = {
    HISTORY: "SELECT",
    "audit_voucher": "SELECT",
    "audit_event": "SELECT, INSERT",
    # A trigger refuses to delete these before the practice's rule allows it.
    "signature_evidence": "SELECT, INSERT, DELETE",
    "evidence_mac": "SELECT, INSERT, DELETE",
    "audit_head": "SELECT, INSERT, UPDATE",
}
_ALL = "SELECT, INSERT, UPDATE, DELETE"


async def grant_to_program(migration_url: str, database_url: str) -> str | None:
    """Give the role of `database_url` what the program needs and nothing else. Creates the role if it does not exist.

    Safe to run again. Returns the role, or None if there is only one role or the database is SQLite.
    """
    owner, program = urlsplit(migration_url), urlsplit(database_url)
    role = unquote(program.username or "")
    arguments = own_connection(migration_url)
    if arguments is None or not role or role == unquote(owner.username or ""):
        return None
    connection = await asyncpg.connect(**arguments)
    try:
        async with connection.transaction():
            await _create(connection, role, unquote(program.password) if program.password else None)
            await _grant(connection, role)
    finally:
        await connection.close()
    return role


async def _create(connection: asyncpg.Connection, role: str, password: str | None) -> None:
    """The password of an existing role is left as it is."""
    if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        return
    # A statement of this kind takes no parameters, so the server quotes them.
    create = "SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', $1::text, $2::text)"
    await connection.execute(await connection.fetchval(create, role, password))


async def _grant(connection: asyncpg.Connection, role: str) -> None:
    [named] = await connection.fetch(
        "SELECT quote_ident($1) AS role, quote_ident(current_database()) AS database, "
        "quote_ident(current_schema()) AS schema",
        role,
    )
    role, schema = named["role"], named["schema"]
    statements = [
        f"GRANT CONNECT ON DATABASE {named['database']} TO {role}",
        # PostgreSQL lets everybody make temporary tables, which could stand in for ours in a function that names no
        # schema. Nothing of ours needs one.
        f"REVOKE TEMPORARY ON DATABASE {named['database']} FROM PUBLIC, {role}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ]
    tables = await connection.fetch(
        "SELECT tablename, quote_ident(tablename) AS quoted FROM pg_tables WHERE schemaname = current_schema()"
    )
    for table in tables:
        rights = _RIGHTS.get(table["tablename"], _ALL)
        statements.append(f"GRANT {rights} ON {schema}.{table['quoted']} TO {role}")
    for statement in statements:
        await connection.execute(statement)


# A member of the owner's role, and a superuser, may do what the owner may.
_TOO_MUCH = """
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
  AND (pg_has_role(current_user, c.relowner, 'MEMBER') OR has_table_privilege(c.oid, 'TRUNCATE, TRIGGER')
    OR (c.relname IN ('audit_event', 'audit_voucher') AND has_table_privilege(c.oid, 'UPDATE, DELETE'))
    OR (c.relname IN ('signature_evidence', 'evidence_mac') AND has_table_privilege(c.oid, 'UPDATE')))
ORDER BY c.relname
"""


async def program_role_problem() -> str | None:
    """What the open connection's role may do and should not, with the remedy; None if it is as it should be."""
    connection = get_connection(CONNECTION)
    if connection.capabilities.dialect != "postgres":
        return None
    _, rows = await connection.execute_query(_TOO_MUCH)
    if not rows:
        return None
    return (
        f"the program's role owns or may alter {len(rows)} tables, such as {rows[0]['name']}: give it one of its own "
        f"in VESTIBULE_DATABASE_URL, name the owner in VESTIBULE_MIGRATION_DATABASE_URL for vestibule migrate only"
    )
