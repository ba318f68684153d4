"""The settings that name the apps which may open a letter's links."""

import re
from collections.abc import Iterable

_PACKAGE = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)+", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){31}")
_IOS_APP = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def checked_android_apps(values: Iterable[str]) -> tuple[str, ...]:
    """`package=fingerprint` entries, the fingerprints in capitals. Raises `ValueError`."""
    return tuple(_android_app(value) for value in values)


def checked_ios_apps(values: Iterable[str]) -> tuple[str, ...]:
    """Apps as team and bundle. Raises `ValueError`."""
    found = tuple(values)
    if not all(_IOS_APP.fullmatch(value) for value in found):
        raise ValueError("must be team and bundle of each app, between commas, such as A1B2C3D4E5.org.example.portal")
    return found


def fingerprints_by_package(entries: Iterable[str]) -> dict[str, list[str]]:
    """The fingerprints of each package: an app may be signed by several keys."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        package, _, fingerprint = entry.partition("=")
        found.setdefault(package, []).append(fingerprint)
    return found


def _android_app(value: str) -> str:
    package, _, fingerprint = (part.strip() for part in value.partition("="))
    if not (_PACKAGE.fullmatch(package) and _FINGERPRINT.fullmatch(fingerprint.upper())):
        raise ValueError(
            "must be package=fingerprint of each app, between commas; the fingerprint is the certificate's SHA-256, as "
            "32 pairs of hexadecimal digits with colons"
        )
    return f"{package}={fingerprint.upper()}"
