"""What `vestibule check` says of the clocks. Workers whose clocks differ take each other's claims for ended."""

from datetime import timedelta

from clinic.database.rows import fetch, on_postgres
from clinic.values.ports import Clock
from runtime.commands.failures import CommandFailed

# A quarter of the shortest claim: all machines are compared with the same database.
MOST_APART = timedelta(seconds=30)


async def require_same_clock(clock: Clock) -> str:
    """Compare this machine's clock with the database's. Raises `CommandFailed` if they differ too much."""
    if not on_postgres():
        return "SQLite has none of its own"
    before = clock.now()
    [row] = await fetch("SELECT clock_timestamp() AS at")
    ahead, behind = before - row["at"], row["at"] - clock.now()
    if max(ahead, behind) > MOST_APART:
        seconds, way = (ahead, "ahead of") if ahead > behind else (behind, "behind")
        raise CommandFailed(
            f"this machine's clock is {seconds.total_seconds():.0f} s {way} the database's: set both by NTP, "
            "or two workers may send the same letter"
        )
    return "as the database's"
