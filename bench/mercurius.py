"""The calendar by Mercurius (Node, loaders, JIT), a third endpoint to compare with, on PostgreSQL only.

It is written by hand for this one query like the others (`bench/node/server.mjs`). Needs `node` and `npm`.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from bench.lean_sql import FACTS
from bench.practice import Founded
from bench.stage import HOST, ROOT, Child, Deployment, Running
from runtime.database.config import postgres_credentials
from tests.ports import free_port

NODE = Path(__file__).parent / "node"
# As many connections to PostgreSQL as a process of the API has.
_CONNECTIONS = 10


class NodeChild(Child):
    """Like `Child`, by Node."""

    async def _launched(self, arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Running:
        return await asyncio.create_subprocess_exec(
            "node", *arguments, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT, env=environment
        )


async def install() -> None:
    """Its libraries, as the lock says. Raises `RuntimeError` where npm is missing or fails."""
    if (NODE / "node_modules").is_dir():
        return
    try:
        process = await asyncio.create_subprocess_exec(
            "npm", "ci", "--no-audit", "--no-fund", cwd=NODE, stdout=sys.stderr
        )
    except FileNotFoundError as missing:
        raise RuntimeError("npm is needed for the comparison with Mercurius") from missing
    if await process.wait():
        raise RuntimeError("npm ci failed in bench/node")


def mercurius(deployment: Deployment, founded: Founded) -> tuple[Child, int]:
    """The process, not started yet, and its port."""
    port, practice = free_port(), founded.organization
    settings = {
        "host": HOST,
        "port": port,
        "database": _database(deployment.database_url),
        "connections": _CONNECTIONS,
        "organization": str(practice.id),
        "zone": practice.time_zone,
        "facts": FACTS,
    }
    arguments = (str(NODE / "server.mjs"), json.dumps(settings))
    environment = deployment.environment | {"NODE_ENV": "production"}
    return NodeChild("mercurius", arguments, environment, deployment.folder, port), port


def _database(url: str) -> Mapping[str, Any]:
    """The options of node-postgres."""
    known = postgres_credentials(url)
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "database": "database"}
    options = {name: known[ours] for ours, name in names.items() if known.get(ours) is not None}
    return options | {"options": "-c TimeZone=UTC"}
