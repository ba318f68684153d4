"""Operations that take too long are ended, answered and logged; those beside them go on."""

import asyncio

from structlog.testing import capture_logs

from tests.api.graphql_http.toy import Toy, codes


async def test_operation_beyond_the_time_limit_is_cancelled_and_may_be_sent_again() -> None:
    toy = Toy(time_limit=0.05)
    with capture_logs() as logs:
        response = await toy.ask("{endless}")
    assert (response.status_code, codes(response)) == (503, ["UNAVAILABLE"])
    assert response.json()["data"] is None
    assert response.headers["Retry-After"] == "5"
    assert response.json()["errors"][0]["extensions"]["retryAfterSeconds"] == 5
    [context] = toy.contexts
    assert context.cancelled.is_set()
    assert [entry["event"] for entry in logs] == ["graphql.time_limit"]
    assert logs[0]["correlation_id"] == response.json()["errors"][0]["extensions"]["correlationId"]


async def test_request_beside_a_slow_one_is_answered() -> None:
    toy = Toy(time_limit=0.2)
    slow = asyncio.create_task(toy.ask("{endless}"))
    assert (await toy.ask("{hello}")).json()["data"] == {"hello": "hello world"}
    assert not slow.done()
    assert codes(await slow) == ["UNAVAILABLE"]


async def test_cancelled_request_cancels_its_operation_and_stays_cancelled() -> None:
    toy = Toy()
    request = asyncio.create_task(toy.ask("{endless}"))
    await toy.entered.wait()
    await toy.contexts[0].started.wait()
    request.cancel()
    assert isinstance((await asyncio.gather(request, return_exceptions=True))[0], asyncio.CancelledError)
    assert toy.contexts[0].cancelled.is_set()
