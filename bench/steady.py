"""`python -m bench.steady [--minutes M] [sqlite|postgres]`: does a process that works for an hour keep what it took?

Clients read the calendar, create contacts and accounts, upload files and send broken requests; letters leave meanwhile.
Memory, open descriptors (connections are descriptors, too) and temporary files of API and worker are taken after a
quarter of the time and at its end. Exit 1 if one of them has grown, or a letter is lost, doubled or stuck.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import httpx2

from bench.asking import Day, access_token, calendar_body
from bench.kill import create_patiently, drained
from bench.losses import Acknowledged, Count, count_losses
from bench.practice import found
from bench.stage import (
    HOST,
    KINDS,
    VESTIBULE,
    Child,
    Deployment,
    migrated_database,
    run_until_term,
    running,
    scratch_folder,
)
from bench.turmoil import client_of
from runtime.database import open_database
from tests.adapters.smtp_servers import Inbox, smtp_server
from tests.factories.pdfs import sound_pdf

WRITERS, READERS = 2, 2
# Below the limits of one staff member: 10,000 changes and 200 uploads an hour.
BETWEEN_CHANGES, BETWEEN_UPLOADS, BETWEEN_READS = 4.0, 25.0, 0.2
MORE_DESCRIPTORS = 10
MORE_MEMORY, MORE_KILOBYTES = 1.1, 30 * 1024
# An access token lives for 15 minutes.
BETWEEN_SIGN_INS = 600.0
_PATIENCE = 300.0


@dataclass(frozen=True)
class Taken:
    """What a process has at one moment. Memory in kB."""

    memory: int
    descriptors: int
    temporary_files: int

    @classmethod
    def by(cls, child: Child, temporary: Path) -> "Taken":
        status = Path(f"/proc/{child.pid}/status").read_text("ascii")
        memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
        descriptors = len(list(Path(f"/proc/{child.pid}/fd").iterdir()))
        return cls(memory, descriptors, len(list(temporary.iterdir())))

    def grown_since(self, before: "Taken") -> list[str]:
        """What has grown, by name."""
        grown = {
            "descriptors": self.descriptors > before.descriptors + MORE_DESCRIPTORS,
            "memory": self.memory > before.memory * MORE_MEMORY + MORE_KILOBYTES,
            "temporary files": self.temporary_files > before.temporary_files,
        }
        return [what for what, has in grown.items() if has]


@dataclass(frozen=True)
class Kept:
    """What became of one run: by process what it had after a quarter of the time and at the end."""

    taken: dict[str, tuple[Taken, Taken]]
    requests: int
    sent_again: int
    count: Count

    def grown(self) -> list[str]:
        return [f"{name}: {what}" for name, (early, late) in self.taken.items() for what in late.grown_since(early)]


@dataclass
class Clients:
    """Everybody who asks the API until it is over."""

    port: int
    token: str
    until: float
    acknowledged: list[Acknowledged]
    requests: int = 0
    # How often the API asked for the same request again: on a very busy machine one takes longer than it may.
    sent_again: int = 0
    uploaded: int = 0
    _at_work: list[httpx2.AsyncClient] = field(default_factory=list)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx2.AsyncClient]:
        async with client_of(self.port, self.token, _PATIENCE) as client:
            self._at_work.append(client)
            yield client

    async def sign_in_again(self) -> None:
        while not await self.over(BETWEEN_SIGN_INS):
            token = await access_token(self.port)
            for client in self._at_work:
                client.headers["Authorization"] = f"Bearer {token}"

    async def create(self, first: int) -> None:
        async with self._client() as client:
            number = first
            while True:
                account, again = await create_patiently(client, number)
                self.acknowledged.append(account)
                self.requests += 2
                self.sent_again += again
                number += WRITERS
                if await self.over(BETWEEN_CHANGES):
                    return

    async def read(self) -> None:
        day = calendar_body(Day.of(datetime.now(UTC)))
        async with self._client() as client:
            while True:
                await self.expects(client, day, 200)
                await self.expects(client, b'{"query": "{ nothing', 400)
                await self.expects(client, json.dumps({"query": "{ nothing }"}).encode(), 400)
                if await self.over(BETWEEN_READS):
                    return

    async def expects(self, client: httpx2.AsyncClient, body: bytes, status: int) -> None:
        answer = await client.post("/graphql", content=body)
        self.requests += 1
        if answer.status_code == 503:
            self.sent_again += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))
            return
        if answer.status_code != status:
            raise RuntimeError(f"{answer.status_code} instead of {status}: {answer.text[:300]}")

    async def upload(self) -> None:
        headers = {"Content-Type": "application/pdf"}
        async with self._client() as client:
            while True:
                answer = await client.post("/uploads", content=sound_pdf(2), headers=headers)
                self.requests += 1
                self.uploaded += 1
                # On a very busy machine the box for PDFs runs out of its time, which is refused and nothing worse.
                if answer.status_code not in (201, 422):
                    raise RuntimeError(f"upload: {answer.status_code} {answer.text[:300]}")
                if await self.over(BETWEEN_UPLOADS):
                    return

    async def are_warm(self, seconds: float) -> None:
        """Return after this time, and when everybody has done everything once: libraries and connections are there."""
        await asyncio.sleep(seconds)
        while len(self.acknowledged) < WRITERS or not self.uploaded:  # noqa: ASYNC110 - it is bounded by their patience
            await asyncio.sleep(0.05)

    async def over(self, seconds: float) -> bool:
        """Wait for so long; whether the time is over then. Everybody does everything once, however slow the machine."""
        await asyncio.sleep(max(0.0, min(seconds, self.until - monotonic())))
        return monotonic() >= self.until


async def run(database_url: str, folder: Path, *, seconds: float) -> Kept:
    """One run on a migrated, empty database that this process has not opened."""
    temporary = folder / "temporary"
    temporary.mkdir()
    acknowledged: list[Acknowledged] = []
    async with smtp_server(Inbox()) as inbox:
        deployment = Deployment(database_url, folder, smtp_port=inbox.port)
        founded = await found(deployment)
        environment = deployment.environment | {"TMPDIR": str(temporary)}
        serve = (*VESTIBULE, "api", "--host", HOST, "--port", str(deployment.api_port))
        api = Child("api", serve, environment, folder, deployment.api_port)
        worker = Child("worker", (*VESTIBULE, "worker"), environment, folder)
        async with running(api, worker):
            token = await access_token(deployment.api_port)
            clients = Clients(deployment.api_port, token, monotonic() + seconds, acknowledged)
            early: list[Taken] = []
            try:
                async with asyncio.TaskGroup() as group:
                    for number in range(WRITERS):
                        group.create_task(clients.create(number))
                    for _ in range(READERS):
                        group.create_task(clients.read())
                    group.create_task(clients.upload())
                    group.create_task(clients.sign_in_again())
                    await clients.are_warm(seconds / 4)
                    early += [Taken.by(child, temporary) for child in (api, worker)]
            except BaseExceptionGroup:
                # The logs go with the folder.
                print(api.errors(), worker.errors(), sep="\n", file=sys.stderr)
                raise
            async with open_database(database_url):
                await drained(worker, wait_for_leases=False)
                late = [Taken.by(child, temporary) for child in (api, worker)]
        async with open_database(database_url):
            count = await count_losses(founded.organization.id, acknowledged, inbox.contents)
    pairs = dict(zip(("api", "worker"), zip(early, late, strict=True), strict=True))
    return Kept(pairs, clients.requests, clients.sent_again, count)


async def main(kinds: list[str], minutes: float) -> int:
    violations = 0
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            kept = await run(url, folder, seconds=minutes * 60)
        count = kept.count
        print(f"{kind}: {kept.requests} requests in {minutes:g} minutes, {kept.sent_again} asked for again")
        for name, (early, late) in kept.taken.items():
            print(f"  {name}: memory {early.memory // 1024} MB, then {late.memory // 1024} MB; ", end="")
            print(f"descriptors {early.descriptors}, then {late.descriptors}; ", end="")
            print(f"temporary files {early.temporary_files}, then {late.temporary_files}")
        print(
            f"  {count.acknowledged} accounts made, {count.delivered} letters delivered, {count.sent_again} doubled",
            end="",
        )
        print(f", {count.waiting} stuck, {len(count.broken)} violations, grown: {', '.join(kept.grown()) or 'nothing'}")
        violations += len(kept.grown()) + len(count.broken) + count.sent_again + count.waiting
    return 1 if violations else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--minutes", type=float, default=60.0)
    given = parser.parse_args()
    sys.exit(run_until_term(main(given.databases or list(KINDS), given.minutes)))
