"""Fixtures for all tests. A test that asks for `database` or `database_url` runs on both databases."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from itertools import count
from pathlib import Path
from types import FrameType

import pytest
import uvloop
from playwright.async_api import Browser, async_playwright, expect
from tortoise.context import TortoiseContext

from clinic.values.passwords import COST, HashingCost, hashing_at
from runtime.database import open_database
from runtime.database.pool import pool_use
from tests.browser import PATIENCE
from tests.campaign import SEED, SOAK
from tests.clock import FixedClock
from tests.databases import Eraser, PostgresServer, forget_sessions, listen_to_statements
from tests.quick import is_left_out
from tests.run import (
    Clones,
    is_worker,
    migrated_sqlite,
    name_in,
    server_of_the_run,
    shared_folder,
    sqlite_copy,
    stop_server_of_the_run,
)
from tests.shaking import SEED as SHAKEN
from tests.shaking import shaken

KINDS = ("sqlite", "postgres")
expect.set_options(timeout=PATIENCE)
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
_numbers = count(1)
# The least that Argon2 allows. At the product's cost the suite would spend a fifth of its time on hashes.
_CHEAP_HASHES = HashingCost(passes=1, memory_kib=8)
_run_folder = pytest.StashKey[Path]()
_goes_on = pytest.StashKey[bool]()
# The PostgreSQL database, if it stays open for the next test.
_kept_open: list[AsyncExitStack] = []
# Collecting makes millions of objects that stay. Looking for garbage among them takes an eighth of the time.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all workers of this run share lies here."""
    return pytestconfig.stash.setdefault(_run_folder, shared_folder(pytestconfig, tmp_path_factory))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="no PostgreSQL, browser, process of ours, campaign or long file"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What `--quick` leaves out whole isn't even loaded."""
    return True if config.getoption("--quick") and is_left_out(collection_path) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is left with it at the end.

    One kind of database comes after the other: going from one to the other, Tortoise prepares all its queries anew.
    """
    items.sort(key=lambda item: (not _is_slow(item), _needs_postgres(item), _keeps_it_open(item)))
    if config.getoption("--quick"):
        left_out = {item for item in items if _is_slow(item) or _needs_postgres(item) or _is_campaign(item)}
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Modules and tests live until the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _is_slow(item: pytest.Item) -> bool:
    whole_product = "journeys" in item.path.parts or item.get_closest_marker("processes") is not None
    return whole_product or "browser" in _fixtures(item)


def _is_campaign(item: pytest.Item) -> bool:
    return item.get_closest_marker("campaign") is not None


def _needs_postgres(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)
    kind = chosen.params.get("database_kind") if chosen else None
    return kind == "postgres" or not {"postgres_server", "clones"}.isdisjoint(_fixtures(item))


def _keeps_it_open(item: pytest.Item) -> bool:
    """Has the PostgreSQL database opened for it, leaves the server alone, and certainly runs."""
    skipped = item.get_closest_marker("skip") or item.get_closest_marker("skipif")
    asked = _fixtures(item)
    return skipped is None and _needs_postgres(item) and "database" in asked and "postgres_server" not in asked


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    item.stash[_goes_on] = nextitem is not None and _keeps_it_open(item) and _keeps_it_open(nextitem)


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


def pytest_report_header() -> str | None:
    said = [f"long campaigns, VESTIBULE_SEED={SEED}"] if SOAK else []
    return ", ".join(said + ([f"slow browsers, VESTIBULE_TEST_SHAKE={SHAKEN}"] if SHAKEN else [])) or None


def pytest_sessionstart() -> None:
    """Ctrl-C ends the run as before, but by a handler that asyncio does not replace for each fixture and each test.

    Where it finds Python's own handler, `asyncio.Runner` sets one that holds the running task. Each time such a handler
    is looked at, Python writes the task out in words, with all that the fixture has returned: a twelfth of the suite's
    processor time.
    """
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def pytest_sessionfinish(session: pytest.Session) -> None:
    folders: pytest.TempPathFactory | None = getattr(session.config, "_tmp_path_factory", None)
    if folders is not None and not is_worker(session.config):
        stop_server_of_the_run(shared_folder(session.config, folders))


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The loop that API and portal run on (Uvicorn takes it where it is installed). It also computes less.

    This replaces a fixture of pytest-asyncio. Its hook for the same purpose gives a loop to `async` tests only: an
    ordinary test with an `async` fixture would end that loop, and all that lives on it.
    """
    return uvloop.new_event_loop


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed at the least cost, wherever a test hashes one."""
    with hashing_at(_CHEAP_HASHES):
        yield


@pytest.fixture
def real_hashes() -> Iterator[None]:
    """Passwords are hashed at the product's cost: for tests of just that."""
    with hashing_at(COST):
        yield


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path, pytestconfig: pytest.Config) -> PostgresServer:
    """A PostgreSQL server of this test run's own."""
    return server_of_the_run(run_folder, pytestconfig)


@pytest.fixture(scope="session")
def clones(run_folder: Path, postgres_server: PostgresServer) -> Clones:
    """Migrated databases on the server, without migrating."""
    return Clones(run_folder, postgres_server, _WORKER)


@pytest.fixture(scope="session")
async def migrated_sqlite_file(run_folder: Path) -> Path:
    return await migrated_sqlite(run_folder)


@pytest.fixture(scope="session")
async def migrated_postgres(clones: Clones, postgres_server: PostgresServer) -> AsyncIterator[tuple[str, Eraser]]:
    url = await clones.postgres()
    connection = await postgres_server.connect(name_in(url))
    try:
        yield url, await Eraser.of(connection)
    finally:
        await connection.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test runs once on each kind of database, unless it says on which. `--quick` makes none for PostgreSQL."""
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "database_kind" in metafunc.fixturenames and not any("database_kind" in names for names in own):
        kinds = KINDS[:1] if metafunc.config.getoption("--quick") else KINDS
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sqlite_database(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    return sqlite_copy(migrated_sqlite_file, tmp_path / "vestibule.sqlite3")


@pytest.fixture
async def postgres_database(migrated_postgres: tuple[str, Eraser]) -> str:
    url, eraser = migrated_postgres
    await eraser.erase()
    return url


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database, opened by nobody yet."""
    return str(request.getfixturevalue(f"{database_kind}_database"))


@pytest.fixture
async def database(
    database_url: str, database_kind: str, request: pytest.FixtureRequest
) -> AsyncIterator[TortoiseContext]:
    """A migrated, empty database, open for this process.

    On PostgreSQL a test leaves its connections to the next one: a new one costs as much as the rest of many tests,
    because it has to learn all tables and all statements anew. Where one is still in use, all are closed.
    """
    if database_kind == "postgres" and not _kept_open:
        _kept_open.append(AsyncExitStack())
        await _kept_open[0].enter_async_context(open_database(database_url))
    async with open_database(database_url) as context:
        yield context
        used = pool_use() if _kept_open and request.node.stash[_goes_on] else None
        kept = used is not None and used.in_use == 0 < used.idle
        if kept:
            await forget_sessions(context)
    if _kept_open and not kept:
        await _kept_open.pop().aclose()


@pytest.fixture
def fresh_sqlite(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'fresh.sqlite3'}"


@pytest.fixture
async def fresh_postgres(postgres_server: PostgresServer) -> AsyncIterator[str]:
    name = f"fresh_{_WORKER}_{next(_numbers)}"
    await postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    await postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def fresh_database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of a database without any table."""
    return str(request.getfixturevalue(f"fresh_{database_kind}"))


@pytest.fixture
def count_statements() -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_statements() as sent:` and then `len(sent)`; their texts are in `sent`."""
    return listen_to_statements


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to drive. Looked for in a process of its own: Playwright's blocking half can't share our loop."""
    look = "from tests.browser import browser_path; print(browser_path() or '')"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.strip()
    if not found:
        pytest.fail("There is no browser for this test: run python -m tests.browser")
    return found


@pytest.fixture(scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """One Chromium for all tests; each opens contexts of its own."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield shaken(started)
        await started.close()
