"""Origins of web pages, in the form in which browsers send them: `https://ehr.example.org`."""

import ipaddress
import re
from urllib.parse import urlsplit

import idna

from clinic.values.limits import LONGEST_ORIGIN

_STANDARD_PORTS = {"https": 443, "http": 80}
# Of one part of a name between dots. Browsers also accept an underscore in it.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def page_origin(text: str, *, local: bool) -> str | None:
    """The origin as a browser sends it; None if this is no origin that may be allowed.

    Letters become small, an international name its ASCII form, and a slash at the end and the standard port go away.
    Only https can be allowed, because pages hold tokens. With `local` that is also http on this machine. There are no
    patterns: a page that is allowed reads records.
    """
    if len(text) > LONGEST_ORIGIN or re.search(r"[\s\\*]", text.strip()):
        return None
    try:
        parts = urlsplit(text.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except (ValueError, idna.IDNAError):
        return None
    rest = parts.path.removesuffix("/") or parts.query or parts.fragment
    if not host or rest or "@" in parts.netloc or text.strip()[-1] in "?#":
        return None
    this_machine = _is_this_machine(host)
    if not (parts.scheme == "https" or (parts.scheme == "http" and this_machine)) or (this_machine and not local):
        return None
    shown = f":{port}" if port not in (None, _STANDARD_PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{host}{shown}"


def _host(name: str) -> str:
    """The name in ASCII, or an address as browsers write it. Empty if it is neither. Raises `idna.IDNAError`."""
    if ":" in name:
        return "" if "%" in name else f"[{ipaddress.IPv6Address(name).compressed}]"
    ascii_name = name if name.isascii() else idna.encode(name, uts46=True, transitional=False).decode("ascii")
    labels = ascii_name.split(".")
    if labels[-1].isdecimal():
        return str(ipaddress.IPv4Address(ascii_name))
    return ascii_name if len(ascii_name) <= 253 and all(map(_LABEL.fullmatch, labels)) else ""


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
