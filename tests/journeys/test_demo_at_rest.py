"""A run that crosses midnight in the demo practices has full calendars after it, too."""

from pathlib import Path

from clinic.records.models import Appointment
from runtime.database import open_database
from tests.journeys.demo_at_rest import DATABASE, DAYS, copy_demo, demo_to_copy


async def test_demo_of_another_day_is_filled_for_today(run_folder: Path, tmp_path: Path) -> None:
    old, copied = tmp_path / "old", tmp_path / "copied"
    await copy_demo(await demo_to_copy(run_folder), old)
    async with open_database(f"sqlite://{old / DATABASE}"):
        of_a_day = await Appointment.all().count()
        await Appointment.all().delete()
    (old / DAYS).write_text("2026-03-01 2026-03-02")

    await copy_demo(old, copied)

    async with open_database(f"sqlite://{copied / DATABASE}"):
        assert await Appointment.all().count() == of_a_day > 0
    assert (copied / DAYS).read_text() != (old / DAYS).read_text()
