"""What load balancers ask, and what they are told when the database is gone."""

import pytest

from runtime.database import open_database
from tests.api.client import Client
from tests.databases import PostgresServer
from tests.run import Clones, name_in


async def test_process_is_alive_whatever_becomes_of_the_database(stranger: Client) -> None:
    response = await stranger.http.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok")


@pytest.mark.usefixtures("database")
async def test_ready_with_a_migrated_database(stranger: Client) -> None:
    response = await stranger.http.get("/readyz")
    assert response.status_code == 200
    parts = {"database": "ok", "schema": "ok", "files": "ok", "signing": "ok", "mail": "ok"}
    assert response.json() == {"ready": True, "degraded": [], **parts}


async def test_not_ready_without_a_schema_and_says_so(fresh_database_url: str, stranger: Client) -> None:
    async with open_database(fresh_database_url):
        response = await stranger.http.get("/readyz")
    assert response.status_code == 503
    answer = response.json()
    assert (answer["ready"], answer["database"]) == (False, "ok")
    assert "migrate" in answer["schema"]


async def test_not_ready_while_the_database_is_gone_and_ready_again_by_itself(
    clones: Clones, postgres_server: PostgresServer, stranger: Client
) -> None:
    url = await clones.postgres()
    name = name_in(url)
    asking = stranger.holding("made-up")
    async with open_database(url):
        assert (await stranger.http.get("/readyz")).status_code == 200
        assert (await asking.post("{ viewer { __typename } }")).status_code == 401
        await postgres_server.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        postgres_server.cut_connections(name)
        for _ in range(2):  # first a connection is found dead, then none can be made
            response = await stranger.http.get("/readyz")
            assert response.status_code == 503
            assert response.json() == {"ready": False, "degraded": [], "database": "unreachable"}
        assert (await stranger.http.get("/healthz")).status_code == 200
        refused = await asking.post("{ viewer { __typename } }")
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        await postgres_server.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        assert (await stranger.http.get("/readyz")).status_code == 200
        assert (await asking.post("{ viewer { __typename } }")).status_code == 401
