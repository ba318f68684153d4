"""Places in which a request waits as long as it takes: on a busy machine a second and a half is soon over.

What is refused, and when, is tested in `tests/runtime/test_load_shedding.py` and `tests/api/test_too_busy.py`.
"""

from dataclasses import replace

from runtime.http.load_shedding import PLACES

UNHURRIED = {lane: replace(places, seconds=120.0) for lane, places in PLACES.items()}
