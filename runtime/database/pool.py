"""How many connections to the database this process has, and how many of them are busy."""

from dataclasses import dataclass

from tortoise.connection import get_connection

from runtime.database.config import CONNECTION
from runtime.database.postgres_engine import PostgresDatabase
from runtime.database.sqlite_engine import SqliteDatabase


@dataclass(frozen=True)
class PoolUse:
    """If `in_use` stays at `limit`, requests wait for a connection."""

    in_use: int
    idle: int
    limit: int


def pool_use() -> PoolUse | None:
    """None before the first query, which opens the connections. SQLite has one connection for all tasks."""
    client = get_connection(CONNECTION)
    if isinstance(client, PostgresDatabase):
        pool = client._pool
        if pool is None:
            return None
        size, idle = pool.get_size(), pool.get_idle_size()
        return PoolUse(size - idle, idle, pool.get_max_size())
    if isinstance(client, SqliteDatabase):
        busy = client._lock.locked()
        return PoolUse(int(busy), int(not busy), 1)
    return None
