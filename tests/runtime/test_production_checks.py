"""`vestibule check` in production: addresses, seals and mail servers that work, and must not stay."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sealing import PyhankoSealer, SigningKeyFile
from adapters.secrets import new_key
from clinic.values.ports import SealKey
from runtime.commands.failures import CommandFailed
from runtime.commands.production_checks import (
    require_own_seal,
    require_public_addresses,
    require_real_mail_server,
)
from runtime.made_keys import load_or_create_signing_key
from runtime.settings import Environment, Settings


def settings(environment: Environment = Environment.PRODUCTION, **more: Any) -> Settings:
    return Settings(environment=environment, secret_keys=(new_key(),), **more)


@pytest.mark.parametrize(
    ("portal", "problem"),
    [
        ("https://portal.example.org", ""),
        ("http://portal.example.org", "VESTIBULE_PORTAL_URL must begin with https://"),
        ("https://localhost:8001", "VESTIBULE_PORTAL_URL is an address of this machine"),
        ("http://127.0.0.1:8001", "VESTIBULE_PORTAL_URL is an address of this machine"),
        ("https://[::1]", "VESTIBULE_PORTAL_URL is an address of this machine"),
    ],
)
def test_public_addresses(portal: str, problem: str) -> None:
    given: dict[str, Any] = {"api_url": "https://api.example.org", "portal_url": portal}
    require_public_addresses(settings(Environment.DEVELOPMENT, **given))
    if problem:
        with pytest.raises(CommandFailed, match=f"^{problem}"):
            require_public_addresses(settings(**given))
    else:
        require_public_addresses(settings(**given))


def test_both_addresses_are_named_at_once() -> None:
    with pytest.raises(CommandFailed, match=r"VESTIBULE_API_URL .*; VESTIBULE_PORTAL_URL "):
        require_public_addresses(settings())


async def test_the_key_that_a_demo_made_is_refused(tmp_path: Path) -> None:
    demo = await PyhankoSealer(SigningKeyFile(load_or_create_signing_key(tmp_path))).probe()
    with pytest.raises(CommandFailed, match="is the key of a demo.*set VESTIBULE_SIGNING_PKCS12"):
        require_own_seal(settings(), demo)
    require_own_seal(settings(Environment.DEMO), demo)
    require_own_seal(settings(), SealKey("CN=Alder Clinic seal", "0" * 64, datetime(2036, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("greeting", "refused"),
    [
        ("220 mail-catcher Ready", True),
        ("220 0f3a Mailpit ESMTP Service ready", True),
        ("220 mx1.example.org ESMTP Postfix", False),
        ("220 " + "a" * 5000, False),
    ],
)
async def test_a_mail_catcher_is_refused(greeting: str, refused: bool) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        if refused:
            with pytest.raises(CommandFailed, match="a mail catcher answers"):
                await require_real_mail_server(settings(smtp_url=url))
        else:
            await require_real_mail_server(settings(smtp_url=url))
        await require_real_mail_server(settings(Environment.DEMO, smtp_url=url))
