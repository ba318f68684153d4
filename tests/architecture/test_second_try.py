"""The second try of `make check` is for few failures, and only for those that a busy machine can cause."""

from pathlib import Path

import pytest

from tests.second_try import main, may_try_again

JOURNEY = "tests/journeys/test_staff_screen.py::test_every_view_is_sound"
PORTAL = "tests/patient_portal/test_in_a_browser.py::test_everything_works_without_javascript"
PROGRAMS = "tests/runtime/test_cli_servers.py::test_processes_that_start_slowly_are_not_ended_meanwhile_and_answer"
RULE = "tests/clinic/portal_access/test_model.py::test_product_and_model_agree_after_every_step[sqlite]"


@pytest.mark.parametrize(
    ("tests", "may"),
    [
        ([JOURNEY], True),
        ([JOURNEY, PORTAL, PROGRAMS], True),
        ([JOURNEY, RULE], False),
        ([JOURNEY, PORTAL, PROGRAMS, JOURNEY + "[es]"], False),
        (["tests/journeys/test_staff_screen.py"], False),
        (["tests/journeys/test_gone.py::test_x"], False),
        ([], False),
    ],
)
def test_few_failures_of_browsers_and_programs_are_tried_again(tests: list[str], may: bool) -> None:
    assert may_try_again(tests) is may


def test_other_failures_fail_at_once(tmp_path: Path) -> None:
    failed = tmp_path / "lastfailed"
    assert main(failed) == 1
    failed.write_text(f'{{"{RULE}": true}}')
    assert main(failed) == 1
