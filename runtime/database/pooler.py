"""Tells whether a connection pooler stands before PostgreSQL, and what the settings need because of it."""

from urllib.parse import parse_qsl, urlsplit

import asyncpg

from runtime.database.config import CONNECT_SECONDS, own_connection

_CACHE = "statement_cache_size"


async def is_pooled(database_url: str) -> bool:
    """Whether another program answers at this address and passes statements on to PostgreSQL.

    A pooler answers before it has a connection to the server. So the process number that it gives to a client is not
    that of the server's process.
    """
    connection = await asyncpg.connect(**(own_connection(database_url) or {}), timeout=CONNECT_SECONDS)
    try:
        answering: int = await connection.fetchval("SELECT pg_backend_pid()")
        return answering != int(connection.get_server_pid())
    finally:
        connection.terminate()


async def pooler_problems(database_url: str, session_database_url: str) -> list[str] | None:
    """What to change in the settings, a sentence each. None if no pooler is between.

    `session_database_url` is where this program listens for changes.
    """
    if not await is_pooled(database_url):
        return None
    problems = []
    if _CACHE not in dict(parse_qsl(urlsplit(database_url).query)):
        problems.append(
            f"end VESTIBULE_DATABASE_URL with ?{_CACHE}=0, because a pooler in transaction mode mixes up prepared "
            f"statements (?{_CACHE}=100 if it follows them, as PgBouncer 1.21 does with max_prepared_statements)"
        )
    if session_database_url == database_url or await is_pooled(session_database_url):
        problems.append(
            "set VESTIBULE_DIRECT_DATABASE_URL to the database itself, past the pooler, or staff screens hear of "
            "no changes"
        )
    return problems
