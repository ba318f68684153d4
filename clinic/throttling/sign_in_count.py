"""Counts sign-ins by their result, for an operator who wants to see that somebody is guessing passwords."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from clinic.values.errors import TooManyAttempts, WrongCredentials
from clinic.values.metrics import SignInKind, SignInResult
from clinic.values.ports import Services

P = ParamSpec("P")
T = TypeVar("T")


def counted_sign_in(
    kind: SignInKind, *, closed: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Count each call of an action that takes `Services`. `closed` are the errors that mean a disabled account."""

    def decorate(action: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(action)
        async def counted(*args: P.args, **kwargs: P.kwargs) -> T:
            result = SignInResult.FAILED
            try:
                signed_in = await action(*args, **kwargs)
                result = SignInResult.SUCCEEDED
                return signed_in
            except closed:
                result = SignInResult.CLOSED
                raise
            except WrongCredentials:
                result = SignInResult.REFUSED
                raise
            except TooManyAttempts:
                result = SignInResult.THROTTLED
                raise
            finally:
                _services(*args, *kwargs.values()).metrics.count_sign_in(kind, result)

        return counted

    return decorate


def _services(*arguments: object) -> Services:
    return next(argument for argument in arguments if isinstance(argument, Services))
