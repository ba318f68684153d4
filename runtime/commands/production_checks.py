"""What `vestibule check` finds in production that works, and must not stay: no https, a demo's seal, a mail catcher."""

import asyncio
from ipaddress import ip_address
from urllib.parse import urlsplit

from adapters.smtp import SmtpServer
from clinic.values.ports import SealKey
from runtime.commands.failures import CommandFailed
from runtime.made_keys import DEMO_SEAL_NAME
from runtime.settings import PREFIX, Settings

# Words with which programs greet that catch letters and send none on. The first is our own.
_CATCHERS = ("mail-catcher", "mailpit", "mailhog", "mailcatcher", "smtp4dev", "papercut", "greenmail", "python smtp")
_GREETING_SECONDS = 5.0
_GREETING_BYTES = 1000


def require_public_addresses(settings: Settings) -> str:
    """Raises `CommandFailed` for an address that nobody else can open, or that is not encrypted."""
    addresses = {"API_URL": settings.api_url, "PORTAL_URL": settings.portal_url}
    if not settings.in_production:
        return "not asked for outside production"
    problems = [f"{PREFIX}{name} {problem}" for name, url in addresses.items() if (problem := _problem(url))]
    if problems:
        raise CommandFailed("; ".join(problems))
    return "https, and not of this machine"


def _problem(url: str) -> str:
    parts = urlsplit(url)
    if _is_loopback(parts.hostname or ""):
        return "is an address of this machine, which leads nobody else here: set the public one"
    if parts.scheme != "https":
        return "must begin with https://: put a proxy that ends TLS in front"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def require_own_seal(settings: Settings, key: SealKey) -> None:
    """Raises `CommandFailed` in production for the key that a demo made for itself."""
    if settings.in_production and DEMO_SEAL_NAME in key.subject:
        raise CommandFailed(
            f"{key.subject} is the key of a demo, whose seals prove nothing: set {PREFIX}SIGNING_PKCS12 to a key of "
            "your organization (docs/operations.md, The signing key)"
        )


async def require_real_mail_server(settings: Settings) -> None:
    """Raises `CommandFailed` in production if a mail catcher answers."""
    if not settings.in_production or settings.smtp_url is None or settings.smtp_url.startswith("smtps:"):
        return
    greeting = await _greeting(SmtpServer.from_url(settings.smtp_url))
    if any(word in greeting.lower() for word in _CATCHERS):
        raise CommandFailed(f"a mail catcher answers, so no letter reaches anybody: set {PREFIX}SMTP_URL")


async def _greeting(server: SmtpServer) -> str:
    async with asyncio.timeout(_GREETING_SECONDS):
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=_GREETING_BYTES)
        try:
            return (await reader.readline()).decode("ascii", "replace")
        except ValueError:  # a line without an end
            return ""
        finally:
            writer.close()
