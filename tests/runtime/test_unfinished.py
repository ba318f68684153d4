"""How many connections may wait, and which has to go. At the real server: test_bounded_protocol.py."""

from dataclasses import dataclass

import pytest

from runtime.http.unfinished import GRACE, Unfinished


@dataclass(eq=False)
class Connection:
    """As much of a connection as counts."""

    client: tuple[str, int] | None
    aborted: bool = False

    @property
    def transport(self) -> "Connection":
        return self

    def abort(self) -> None:
        self.aborted = True


class Shares:
    """Shares of 3 for a network and 5 for all, with a clock of their own."""

    def __init__(self, *trusted: str) -> None:
        self.seconds = 100.0
        self.unfinished = Unfinished(trusted, most=5, most_of_one_network=3, now=lambda: self.seconds)

    def add(self, address: str | None) -> Connection:
        connection = Connection(None if address is None else (address, 4711))
        self.unfinished.add(connection)
        self.seconds += GRACE
        return connection


def test_one_too_many_of_a_network_ends_its_oldest() -> None:
    shares = Shares()
    other = shares.add("198.51.100.7")
    first, *rest = (shares.add(f"2001:db8::{number}") for number in range(4))
    assert first.aborted
    assert not any(connection.aborted for connection in (other, *rest))


def test_one_too_many_of_all_ends_the_oldest() -> None:
    shares = Shares()
    first, *rest = (shares.add(f"198.51.100.{number}") for number in range(6))
    assert first.aborted
    assert not any(connection.aborted for connection in rest)


def test_what_has_arrived_counts_no_more() -> None:
    shares = Shares()
    for _ in range(10):
        connection = shares.add("198.51.100.7")
        assert shares.unfinished.discard(connection)
        assert not shares.unfinished.discard(connection)
        assert not connection.aborted


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", None, "unix"])
def test_proxy_has_no_share(address: str | None) -> None:
    shares = Shares("10.0.0.0/8")
    assert not any(shares.add(address).aborted for _ in range(5))


def test_many_at_one_moment_are_let_in() -> None:
    shares = Shares()
    many = []
    for _ in range(20):
        shares.seconds = 100.0
        many.append(shares.add("198.51.100.7"))
    assert not any(connection.aborted for connection in many)
    shares.add("198.51.100.7")
    assert [connection.aborted for connection in many] == [True] * 18 + [False] * 2
