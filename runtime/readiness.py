"""Whether this process can do its work, for load balancers and for people: asked by both faces."""

import asyncpg
from tortoise.exceptions import BaseORMException

from runtime.database import schema_version_problem


async def readiness() -> tuple[bool, dict[str, str]]:
    """Ready or not, and a word on each dependency. Costs a statement; changes nothing.

    The mail server is none: without it letters wait in the outbox, and the faces answer all the same.
    """
    try:
        problem = await schema_version_problem()
    except (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False, {"database": "unreachable"}
    return problem is None, {"database": "ok", "schema": problem or "ok"}
