"""Ctrl-C ends a test run, without a handler that asyncio makes anew for each test."""

import asyncio
import signal

import pytest


def test_ctrl_c_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_asyncio_leaves_the_handler_alone() -> None:
    before = signal.getsignal(signal.SIGINT)

    async def handler() -> object:
        return signal.getsignal(signal.SIGINT)

    with asyncio.Runner() as runner:
        assert runner.run(handler()) is before
