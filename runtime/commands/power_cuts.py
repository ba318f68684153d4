"""What `vestibule check` says of a power cut: whether the database has on disk what it acknowledged."""

from collections.abc import Sequence

from clinic.database.rows import fetch, on_postgres
from runtime.commands.failures import CommandFailed

# PostgreSQL's settings without which a power cut takes acknowledged commits, or more than those.
_NEEDED = ("fsync", "synchronous_commit")
# A file system that never writes half a page, such as ZFS, needs no full pages in the log.
_ADVISED = "full_page_writes"
_SQLITE_NAMES = ("OFF", "NORMAL", "FULL", "EXTRA")


async def power_cut_problem() -> str | None:
    """What a power cut would take from the open database, with the remedy; None if it takes nothing acknowledged."""
    return await _postgres_problem() if on_postgres() else await _sqlite_problem()


async def require_kept_commits(*, in_production: bool) -> str:
    """Raises `CommandFailed` in production if a power cut takes what was acknowledged."""
    problem = await power_cut_problem()
    if problem and in_production:
        raise CommandFailed(problem)
    if problem:
        return problem
    if on_postgres() and (advised := await _off([_ADVISED])):
        return (
            f"takes nothing acknowledged, but {_named(advised)}: turn it on, unless the file system never writes "
            "half a page, as ZFS"
        )
    return "takes nothing acknowledged"


async def _postgres_problem() -> str | None:
    off = await _off(_NEEDED)
    if not off:
        return None
    return (
        f"a power cut takes what was acknowledged, because {_named(off)}: turn it on in PostgreSQL "
        "(ALTER SYSTEM SET … = on; SELECT pg_reload_conf()) and take away what sets it elsewhere"
    )


async def _off(names: Sequence[str]) -> list[tuple[str, str]]:
    """Which of these are off, and what turned them off: a file, the command line, the database, the role."""
    rows = await fetch("SELECT name, source FROM pg_settings WHERE setting = 'off' ORDER BY name")
    return [(row["name"], row["source"]) for row in rows if row["name"] in names]


def _named(off: Sequence[tuple[str, str]]) -> str:
    return " and ".join(f"{name} is off (set by: {source})" for name, source in off)


async def _sqlite_problem() -> str | None:
    [row] = await fetch("PRAGMA synchronous")
    if row["synchronous"] >= _SQLITE_NAMES.index("FULL"):
        return None
    return (
        f"a power cut may take what was acknowledged, because synchronous is {_SQLITE_NAMES[row['synchronous']]}: "
        "take ?synchronous=… off the end of VESTIBULE_DATABASE_URL"
    )
