"""What works for a while gives back what it took; `bench/steady.py` does the same for an hour."""

from pathlib import Path

from bench.steady import MORE_DESCRIPTORS, MORE_KILOBYTES, Taken, run


async def test_work_leaves_no_descriptor_and_no_temporary_file_behind(postgres_database: str, tmp_path: Path) -> None:
    """On PostgreSQL, whose connections are descriptors; SQLite has its hour in `make soak`."""
    kept = await run(postgres_database, tmp_path, seconds=2)

    assert kept.grown() == []
    assert kept.count.broken == []
    assert (kept.count.sent_again, kept.count.waiting) == (0, 0)
    assert kept.count.delivered == kept.count.acknowledged >= 2


def test_what_grows_is_named() -> None:
    before = Taken(memory=100_000, descriptors=20, temporary_files=1)
    assert Taken(100_000 + MORE_KILOBYTES, 20 + MORE_DESCRIPTORS, 1).grown_since(before) == []
    assert Taken(200_000, 40, 2).grown_since(before) == ["descriptors", "memory", "temporary files"]
