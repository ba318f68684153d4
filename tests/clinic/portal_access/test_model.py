"""Thousands of steps in random order, on both databases, held against the reference model after each one.

In the suite the walks are few and always the same; in a long campaign (tests/campaign.py) many, and each time others.
Each database is walked on by other ways.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from clinic.portal_access.status import PortalState
from runtime.database import open_database
from tests.campaign import SEED, SOAK, rounds
from tests.clinic.portal_access.state_model.practice import Practice
from tests.clinic.portal_access.state_model.steps import ENDED
from tests.clinic.portal_access.state_model.walk import Stage

STEPS = 50
WALKS = rounds(6, 500)


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        runner.run(opened.enter_async_context(open_database(database_url)))
        try:
            yield Stage(runner)
        finally:
            runner.run(opened.aclose())


@pytest.mark.campaign
def test_product_and_model_agree_after_every_step(stage: Stage, database_kind: str) -> None:
    class PracticeHere(Practice):
        def __init__(self) -> None:
            super().__init__(stage)

    run_state_machine_as_test(
        seed(SEED + (database_kind == "postgres"))(PracticeHere),
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            derandomize=False,  # the seed decides
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{stage.outcomes.total()} steps: {dict(sorted(stage.outcomes.items()))}")
    # A walk that never gets anywhere would agree with everything.
    assert stage.outcomes.total() >= WALKS * STEPS / 2
    never_done = {name.partition(": ")[0] for name in stage.outcomes} - {
        name.removesuffix(": done") for name in stage.outcomes
    }
    # In the few walks of the suite chance may leave out a step or a state; the campaign does all of them.
    spared = 0 if SOAK else 3
    assert len(never_done) <= spared, never_done
    assert len(set(PortalState) - set(stage.states)) <= spared
    assert stage.outcomes[ENDED] > 0 or not SOAK
