"""A server collects garbage less often, and never looks through what it loaded."""

import gc

from runtime.collecting import collect_less


def test_what_is_loaded_is_left_out_of_collections() -> None:
    before = gc.get_threshold()
    try:
        collect_less()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > 700
    finally:
        gc.set_threshold(*before)
