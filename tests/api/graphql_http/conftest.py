"""One endpoint of the toy schema for each test."""

import pytest

from tests.api.graphql_http.toy import Toy


@pytest.fixture
def toy() -> Toy:
    return Toy()
