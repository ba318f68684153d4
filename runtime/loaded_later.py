"""Ports whose libraries are loaded by the first use, because most processes never use them."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from clinic.values.factors import FactorChecks
from clinic.values.openid import OpenIdConnect
from clinic.values.outgoing import Outgoing
from clinic.values.program_keys import ProgramKeys

T = TypeVar("T")


class _LoadedByUse:
    """Stands for a port until one of its members is asked for, and hands on to it from then on."""

    def __init__(self, load: Callable[[], object]) -> None:
        self._load = load

    def __getattr__(self, name: str) -> Any:
        # Python asks only for what is not there yet, and each member is kept, so the next use costs nothing.
        if "_port" not in self.__dict__:
            self._port = self._load()
        member = getattr(self._port, name)
        setattr(self, name, member)
        return member


def loaded_by_use(load: Callable[[], T]) -> T:
    """What `load` returns, which is called when it is used for the first time.

    Only for ports of methods: a member is read once.
    """
    return cast("T", _LoadedByUse(load))


def second_factors() -> FactorChecks:
    """Passkeys, one-time codes and their pictures: 0.1 s of loading."""
    return loaded_by_use(_second_factors)


def outgoing(*, loopback: bool) -> Outgoing:
    """The client for addresses that people outside typed, with the certificates that it trusts."""
    return loaded_by_use(lambda: _outgoing(loopback=loopback))


def openid(outgoing: Outgoing) -> OpenIdConnect:
    """The client of the practices' sign-in providers: together with `program_keys` 0.1 s of loading."""
    return loaded_by_use(lambda: _openid(outgoing))


def program_keys(outgoing: Outgoing) -> ProgramKeys:
    """The keys by which programs sign in."""
    return loaded_by_use(lambda: _program_keys(outgoing))


def _second_factors() -> FactorChecks:
    from adapters.second_factors import SecondFactorLibraries

    return SecondFactorLibraries()


def _outgoing(*, loopback: bool) -> Outgoing:
    from adapters.outgoing import OutgoingClient

    return OutgoingClient(loopback=loopback)


def _openid(outgoing: Outgoing) -> OpenIdConnect:
    from adapters.openid import OpenIdClient

    return OpenIdClient(outgoing)


def _program_keys(outgoing: Outgoing) -> ProgramKeys:
    from adapters.program_keys import JoseProgramKeys

    return JoseProgramKeys(outgoing)
