"""`python -m bench`: every measurement, ratios first. `--quick` takes two minutes and says less."""

import argparse
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from bench.calendar import HEAVY, LEAN, MERCURIUS, Compared, compare
from bench.disturbance import Disturbed
from bench.documents import FEW, MANY, Listed, list_documents
from bench.mercurius import install
from bench.paper import AT_ONCE, Papers, disturb_by_seals, make_papers
from bench.practice import found_and_fill
from bench.sheet import Sheets, draw_sheets
from bench.sign_in import PER_SECOND, disturb
from bench.stage import KINDS, Deployment, migrated_database, run_until_term, scratch_folder
from bench.subscribers import SUBSCRIBERS, Listened, listen, told


@dataclass(frozen=True)
class Extent:
    """How much is measured. Each measurement takes `seconds`; medians are taken over `rounds`."""

    contacts: int
    rounds: int
    seconds: float
    sheets: int
    sign_in_rounds: int
    sign_in_seconds: float
    list_rounds: int
    list_seconds: float
    papers: int
    idle_seconds: float


WHOLE = Extent(
    contacts=100_000,
    rounds=5,
    seconds=2.5,
    sheets=40,
    sign_in_rounds=3,
    sign_in_seconds=4.0,
    list_rounds=3,
    list_seconds=1.0,
    papers=10,
    idle_seconds=10.0,
)
QUICK = Extent(
    contacts=20_000,
    rounds=2,
    seconds=1.0,
    sheets=10,
    sign_in_rounds=1,
    sign_in_seconds=3.0,
    list_rounds=2,
    list_seconds=1.0,
    papers=3,
    idle_seconds=5.0,
)


async def run_calendar(extent: Extent, kinds: Sequence[str], *, node: bool) -> None:
    """Measure the calendar alone; `node`: with Mercurius, too."""
    if node:
        await install()
    compared: list[Compared] = []
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            deployment = Deployment(url, folder)
            founded = await found_and_fill(deployment, extent.contacts)
            compared += await compare(
                kind, deployment, founded, rounds=extent.rounds, seconds=extent.seconds, node=node
            )
    print_calendar(compared)


async def run(extent: Extent, kinds: Sequence[str]) -> None:
    """Measure on each kind of database, then print."""
    began = monotonic()
    compared: list[Compared] = []
    disturbed: list[Disturbed] = []
    sealing: list[Disturbed] = []
    listed: list[Listed] = []
    listened: list[Listened] = []
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            deployment = Deployment(url, folder)
            print(f"{kind}: {extent.contacts:,} contacts …", flush=True)
            founded = await found_and_fill(deployment, extent.contacts)
            print(f"{kind}: the calendar by turns …", flush=True)
            compared += await compare(kind, deployment, founded, rounds=extent.rounds, seconds=extent.seconds)
            print(f"{kind}: the calendar while people sign in …", flush=True)
            disturbed.append(
                await disturb(kind, deployment, founded, rounds=extent.sign_in_rounds, seconds=extent.sign_in_seconds)
            )
            print(f"{kind}: the calendar while documents are sealed …", flush=True)
            sealing.append(
                await disturb_by_seals(
                    kind, deployment, founded, rounds=extent.sign_in_rounds, seconds=extent.sign_in_seconds
                )
            )
            print(f"{kind}: a list of {MANY:,} documents …", flush=True)
            listed += await list_documents(
                kind, deployment, founded, rounds=extent.list_rounds, seconds=extent.list_seconds
            )
            print(f"{kind}: {SUBSCRIBERS:,} screens listen …", flush=True)
            listened.append(await listen(kind, deployment, founded, seconds=extent.idle_seconds))
    print("instruction sheets, seals, page images …", flush=True)
    sheets = await draw_sheets(extent.sheets)
    async with scratch_folder() as folder:
        papers = await make_papers(Deployment("", folder), extent.papers)
    _print_ratios(compared, disturbed, sealing, listed)
    _print_times(compared, {"sign-ins": disturbed, "seals": sealing}, sheets, papers)
    _print_lists(listed)
    print(f"\n{told(listened)}")
    print(f"\nTook {monotonic() - began:.0f} s with {extent.contacts:,} contacts, medians of {extent.rounds} rounds.")


def _print_ratios(
    compared: Sequence[Compared],
    disturbed: Sequence[Disturbed],
    sealing: Sequence[Disturbed],
    listed: Sequence[Listed],
) -> None:
    print("\nRatios: these may be compared between machines.\n")
    print_calendar(compared)
    print(f"\nThe calendar's p99 while {PER_SECOND} people a second sign in, as a multiple of that at rest.\n")
    _print_disturbances(disturbed)
    print(f"\nThe same while {AT_ONCE} documents are sealed; at most 2.0 is wanted.\n")
    _print_disturbances(sealing)
    print(f"\nA page of {MANY:,} documents shared with one person, as a multiple of a page of {FEW}: p99.\n")
    _table(
        ("database", "page", "p99"),
        [(row.database, row.page, f"{row.many_p99 / row.few_p99:.1f}") for row in listed],
    )


def print_calendar(compared: Sequence[Compared]) -> None:
    """The shares, and what a request costs."""
    print("A day's first appointments with contact and portalStatus: the API's requests per second, authenticated and")
    print(
        "with permissions, as a share of two hand-written endpoints' that know neither: one with a statement and JSON"
    )
    print("as the product had them, and one with the leanest statement and orjson.\n")
    others = [name for name in (HEAVY, LEAN, MERCURIUS) if any(name in row.shares for row in compared)]
    _table(
        ("database", "page", "connections", *(f"share of {name}" for name in others)),
        [
            (row.database, str(row.page), str(row.connections), *(_share(row, name) for name in others))
            for row in compared
        ],
    )
    print("\nThe processor's milliseconds for one of these requests, and as a multiple of the lean endpoint's.\n")
    lines = []
    for row in compared:
        least = row.medians[LEAN].cpu
        for name, one in row.medians.items():
            figures = (f"{one.cpu:.2f}", f"{one.cpu / least:.1f}", f"{one.postgres_cpu:.2f}")
            lines.append((row.database, str(row.page), str(row.connections), name, *figures))
    _table(("database", "page", "connections", "endpoint", "CPU ms", "× lean", "PostgreSQL's CPU ms"), lines)


def _share(row: Compared, name: str) -> str:
    return f"{row.shares[name]:.2f}" if name in row.shares else ""


def _print_disturbances(rows: Sequence[Disturbed]) -> None:
    _table(
        ("database", "p99", "p50"),
        [(row.database, f"{row.ratio:.1f}", f"{row.busy_p50 / row.rest_p50:.1f}") for row in rows],
    )


def _print_times(
    compared: Sequence[Compared], disturbed: Mapping[str, Sequence[Disturbed]], sheets: Sheets, papers: Papers
) -> None:
    print(f"\nAbsolute times: of this machine and this run only ({platform.python_version()}, {platform.machine()}).\n")
    _table(
        ("database", "page", "connections", "endpoint", "requests/s", "p50 ms", "p99 ms"),
        [
            (
                *(row.database, str(row.page), str(row.connections), name),
                *(f"{one.per_second:.0f}", f"{one.p50:.1f}", f"{one.p99:.1f}"),
            )
            for row in compared
            for name, one in row.medians.items()
        ],
    )
    print()
    _table(
        ("database", "beside", "rest p50 ms", "rest p99 ms", "busy p50 ms", "busy p99 ms", "done"),
        [
            (
                row.database,
                work,
                *(f"{value:.1f}" for value in (row.rest_p50, row.rest_p99, row.busy_p50, row.busy_p99)),
                str(row.done),
            )
            for work, rows in disturbed.items()
            for row in rows
        ],
    )
    print(
        f"\nAn instruction sheet takes {sheets.usual / 1000:.3f} s (the slowest {sheets.slowest / 1000:.3f} s, "
        f"the first of a process {sheets.first / 1000:.3f} s)."
    )
    seal, page = (papers.seal, papers.slowest_seal), (papers.page_image, papers.slowest_page_image)
    for what, (usual, slowest) in (("A seal", seal), ("A page image", page)):
        print(f"{what} takes {usual / 1000:.2f} s (the slowest {slowest / 1000:.2f} s).")


def _print_lists(listed: Sequence[Listed]) -> None:
    print()
    _table(
        ("database", "page", f"p99 ms of {FEW}", f"p99 ms of {MANY:,}"),
        [(row.database, row.page, f"{row.few_p99:.1f}", f"{row.many_p99:.1f}") for row in listed],
    )


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    for line in (head, *lines):
        print("  " + "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--quick", action="store_true", help="two minutes instead of ten, with a fifth of the contacts")
    parser.add_argument("--calendar", action="store_true", help="the calendar alone")
    parser.add_argument(
        "--mercurius", action="store_true", help="the calendar alone, beside Mercurius too (needs node)"
    )
    parser.add_argument("--contacts", type=int, help="another number of contacts")
    arguments = parser.parse_args()
    if not set(arguments.databases) <= set(KINDS):
        parser.error(f"name {' or '.join(KINDS)}")
    return arguments


if __name__ == "__main__":
    chosen = _arguments()
    extent = QUICK if chosen.quick else WHOLE
    extent = replace(extent, contacts=chosen.contacts) if chosen.contacts else extent
    kinds = chosen.databases or KINDS
    if chosen.calendar or chosen.mercurius:
        run_until_term(run_calendar(extent, kinds, node=chosen.mercurius))
    else:
        run_until_term(run(extent, kinds))
