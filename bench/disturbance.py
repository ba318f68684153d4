"""How much other work delays the calendar: its slowest answers at rest and during the work, in turns."""

from collections.abc import Callable, Sized
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from statistics import median

from bench.asking import Day, access_token, calendar_body, graphql_request
from bench.load import Order, Result, measure
from bench.practice import Founded
from bench.stage import Deployment, running

# One person at a screen: what is measured is the wait of somebody else.
_CONNECTIONS = 1

Work = Callable[[], AbstractAsyncContextManager[Sized]]


@dataclass(frozen=True)
class Disturbed:
    """Milliseconds at rest and meanwhile; `done` is how much of the work was done."""

    database: str
    rest_p50: float
    rest_p99: float
    busy_p50: float
    busy_p99: float
    done: int

    @property
    def ratio(self) -> float:
        """The p99 meanwhile as a multiple of that at rest."""
        return self.busy_p99 / self.rest_p99


async def by_turns(
    kind: str, deployment: Deployment, founded: Founded, work: Work, *, rounds: int, seconds: float
) -> Disturbed:
    """In one run on one filled database. `work` begins and ends with its block, which holds what was done."""
    rest: list[Result] = []
    busy: list[Result] = []
    done = 0
    async with running(deployment.api()):
        for _ in range(rounds):
            # A new one for each round: the work may sign in, and the oldest of somebody's many sessions ends.
            token = await access_token(deployment.api_port)
            request = graphql_request(deployment.api_port, calendar_body(Day.of(founded.ground.now)), token)
            order = Order.of(deployment.api_port, request, _CONNECTIONS, seconds)
            rest.append(await measure(order))
            async with work() as results:
                busy.append(await measure(order))
            done += len(results)
    return Disturbed(
        kind,
        median(result.p50 for result in rest),
        median(result.p99 for result in rest),
        median(result.p50 for result in busy),
        median(result.p99 for result in busy),
        done,
    )
