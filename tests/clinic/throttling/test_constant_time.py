"""How long an answer is held back, so that its time tells nothing."""

import asyncio

import pytest

from clinic.throttling.constant_time import SIGN_IN_STEP, STEP, constant_time


@pytest.mark.parametrize("beat", [STEP, SIGN_IN_STEP])
async def test_what_is_left_of_a_beat_is_waited_for(beat: float) -> None:
    waited: list[float] = []

    async def noted(seconds: float, /) -> None:
        waited.append(seconds)

    began = asyncio.get_running_loop().time()
    async with constant_time(noted, beat):
        pass
    took = asyncio.get_running_loop().time() - began
    [seconds] = waited
    assert beat - took <= seconds <= beat + 0.02


async def test_work_that_fails_is_held_back_too() -> None:
    waited: list[float] = []

    async def noted(seconds: float, /) -> None:
        waited.append(seconds)

    with pytest.raises(LookupError):
        async with constant_time(noted):
            raise LookupError
    assert len(waited) == 1
