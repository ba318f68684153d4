"""What a first run needs besides the database: the settings it writes, with the keys and passwords it makes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from adapters.secrets import new_key
from runtime.env_file import add_to, names_in
from runtime.settings import PREFIX, STATE_FOLDER, Settings, given_settings

OWNER_URL = f"{PREFIX}MIGRATION_DATABASE_URL"
_PASSWORD_BYTES = 24
# What only Compose reads: the passwords of the two database roles, of digits and letters, for they go into addresses.
_COMPOSE_PASSWORDS = ("POSTGRES_PASSWORD", "PROGRAM_PASSWORD")


@dataclass(frozen=True)
class WrittenSettings:
    """Names of variables: `added` were written, `kept` were asked for and had a value already."""

    added: tuple[str, ...]
    kept: tuple[str, ...]


def write_settings(file: Path, owner_file: Path, wanted: Mapping[str, str], *, compose: bool) -> WrittenSettings:
    """Add the wanted settings and the secrets that are missing. What has a value already stays as it is.

    The owner's database address goes to `owner_file`, because API, portal and worker must not have it. Raises
    `SettingsInvalid` before anything is written.
    """
    before = given_settings(file)
    set_already = names_in(file) | names_in(owner_file) | {_variable(name) for name in before.model_fields_set}
    asked = {name: value for name, value in wanted.items() if value}
    new = {name: value for name, value in asked.items() if name not in set_already}
    new |= {name: value for name, value in _made(before, new, compose=compose).items() if name not in set_already}
    given_settings(file, **{name.removeprefix(PREFIX).lower(): new[name] for name in new if name.startswith(PREFIX)})
    owner = {name: value for name, value in new.items() if name == OWNER_URL}
    for path, values in ((owner_file, owner), (file, {name: new[name] for name in new if name not in owner})):
        if values:
            add_to(path, values)
    return WrittenSettings(tuple(new), tuple(name for name in asked if name in set_already))


def _made(before: Settings, new: Mapping[str, str], *, compose: bool) -> dict[str, str]:
    """Secrets and what follows from the rest. Outside production the program makes its own keys."""
    made: dict[str, str] = {}
    if compose:
        made |= {name: secrets.token_hex(_PASSWORD_BYTES) for name in _COMPOSE_PASSWORDS}
    elif OWNER_URL in new:
        made[f"{PREFIX}DATABASE_URL"] = _program_url(new[OWNER_URL])
    if before.in_production:
        made[f"{PREFIX}SECRET_KEYS"] = new_key()
        if before.signing_pkcs12 is None:
            made[f"{PREFIX}SIGNING_PKCS12"] = str(STATE_FOLDER / "signing.p12")
            made[f"{PREFIX}SIGNING_PASSWORD"] = secrets.token_hex(_PASSWORD_BYTES)
    return made


def _program_url(owner_url: str) -> str:
    """The same database for the program's role, which `vestibule migrate` creates with this password."""
    parts = urlsplit(owner_url)
    role = f"{unquote(parts.username or 'vestibule')}_program"
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{secrets.token_hex(_PASSWORD_BYTES)}@{place}"))


def _variable(field: str) -> str:
    return PREFIX + field.upper()
