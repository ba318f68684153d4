"""Deployment settings from the environment and a `.env` file. Error messages name the variable to correct."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from enum import StrEnum
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.secrets import KeyringSecrets
from clinic.values.bounce_notices import SNS_TOPIC
from runtime.app_links import checked_android_apps, checked_ios_apps
from runtime.database.config import DatabaseUrlInvalid, postgres_credentials, tortoise_config
from runtime.manifests import read_trusted
from runtime.setting_names import ENV_FILE, given_variables, secrets_from_files, unknown_names
from runtime.setting_names import PREFIX as PREFIX

STATE_FOLDER = Path("var")
_SHORTEST_METRICS_TOKEN = 20
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class Environment(StrEnum):
    """The kind of deployment. All except production allow generated secrets, introspection and the API console."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"
    TEST = "test"


class LogLevel(StrEnum):
    """How much is logged. DEBUG adds nothing about people: what libraries say at that level is left out."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingsInvalid(Exception):
    """A setting is invalid. `problems` maps the full name of each invalid variable to the expected value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{variable}: {problem}" for variable, problem in self.problems.items()))


def _split(value: str, *schemes: str) -> SplitResult:
    parts = urlsplit(value)
    if parts.scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    try:
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise ValueError("has a port that is no number up to 65535") from None
    return parts


def _public_url(value: str) -> str:
    """The URL without a trailing slash, so that paths can be appended."""
    parts = _split(value.strip(), "http", "https")
    if not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be a plain address, such as https://portal.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _database_url(value: str) -> str:
    tortoise_config(value)
    return value


def _postgres_url(value: str) -> str:
    try:
        postgres_credentials(value)
    except DatabaseUrlInvalid as invalid:
        raise ValueError(invalid.problem.replace("sqlite:// or ", "")) from None
    return value


# The adapters are imported where they are asked: each takes a tenth of a second, and a mail server starts
# `vestibule bounce` for each letter that comes back.


def _files_url(value: str) -> str:
    from adapters.files import StoredFiles

    StoredFiles.at(value)
    return value


def _smtp_url(value: str) -> str:
    from adapters.smtp import SmtpServer

    SmtpServer.from_url(value)
    return value


def _timestamp_url(value: str) -> str:
    if not _split(value, "http", "https").hostname:
        raise ValueError("must be the address of a timestamp authority, such as https://time.example.org/tsa")
    return value


def _otlp_endpoint(value: str) -> str:
    parts = _split(value, "http", "https")
    if not parts.hostname or "@" in parts.netloc or parts.query:
        raise ValueError("must be the address of an OpenTelemetry collector, such as http://127.0.0.1:4318")
    return value.rstrip("/")


def _certificates(value: Path) -> Path:
    from adapters.sealing.key import certificates_in

    try:
        certificates_in(value.read_bytes())
    except OSError as problem:
        raise ValueError(f"can't be read: {problem.strerror}") from None
    except ValueError:
        raise ValueError("must be a file of certificates in PEM form") from None
    return value


def _parts(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _usable(keys: tuple[str, ...]) -> tuple[str, ...]:
    if keys:
        KeyringSecrets(keys)
    return keys


def _networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        try:
            ip_network(network)
        except ValueError:
            raise ValueError("must be addresses or networks between commas, such as 10.0.0.0/8,192.168.1.7") from None
    return networks


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Normalized like a browser's `Origin` header: lower case, without the default port. No patterns, no `null`."""
    return tuple(_origin(value) for value in values)


def _origin(value: str) -> str:
    parts = _split(value, "http", "https")
    host = parts.hostname or ""
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or not re.fullmatch(r"[a-z0-9.:-]+", host):
        raise ValueError("must be whole origins between commas, such as https://ehr.example.org, without * and paths")
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise ValueError("must begin with https:// but for this machine, since tokens pass through that page")
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _ses_topic(value: str) -> str | None:
    if value and not SNS_TOPIC.fullmatch(value):
        raise ValueError("must be the ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:bounces")
    return value or None


def _trusted_documents(value: str) -> str:
    read_trusted(value)
    return value


def _listen(value: str) -> str:
    if value and not all(_host_and_port(value)):
        raise ValueError("must be an address and a port, such as 127.0.0.1:8002")
    return value


def _host_and_port(value: str) -> tuple[str, int]:
    parts = _split(f"http://{value}", "http")
    return parts.hostname or "", parts.port or 0


def _metrics_token(value: str) -> str:
    if value and len(value) < _SHORTEST_METRICS_TOKEN:
        raise ValueError(
            f"must have {_SHORTEST_METRICS_TOKEN} characters at least. Make one with: openssl rand -hex 32"
        )
    return value


def _one_address(value: str) -> str:
    address = parseaddr(value)[1]
    if address != value or "@" not in value or any(character in value for character in " ,;\r\n"):
        raise ValueError("must be one email address, without a name")
    return value


PublicUrl = Annotated[str, AfterValidator(_public_url)]
CertificatesFile = Annotated[Path, AfterValidator(_certificates)]
CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]


class Settings(BaseSettings):
    """Each field is the variable `VESTIBULE_<FIELD>`; see docs/operations.md. `read_settings` returns them."""

    # Compose files pass an empty string for a variable that is not set.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Environment = Environment.PRODUCTION
    database_url: Annotated[str, AfterValidator(_database_url)] = Field("sqlite://var/vestibule.sqlite3", repr=False)
    direct_database_url: Annotated[str, AfterValidator(_postgres_url)] | None = Field(None, repr=False)
    migration_database_url: Annotated[str, AfterValidator(_postgres_url)] | None = Field(None, repr=False)
    api_url: PublicUrl = "http://127.0.0.1:8000"
    portal_url: PublicUrl = "http://127.0.0.1:8001"
    smtp_url: Annotated[str, AfterValidator(_smtp_url)] | None = Field(None, repr=False)
    mail_from: Annotated[str, AfterValidator(_one_address)] | None = None
    files_url: Annotated[str, AfterValidator(_files_url)] = "file://var/files"
    secret_keys: Annotated[CommaSeparated, AfterValidator(_usable)] = Field((), repr=False)
    signing_pkcs12: Path | None = None
    signing_password: str = Field("", repr=False)
    signing_trusted: CertificatesFile | None = None
    timestamp_url: Annotated[str, AfterValidator(_timestamp_url)] | None = Field(None, repr=False)
    timestamp_trusted: CertificatesFile | None = None
    trusted_proxies: Annotated[CommaSeparated, AfterValidator(_networks)] = ()
    cors_origins: Annotated[CommaSeparated, AfterValidator(_origins)] = ()
    ses_topic: Annotated[str | None, AfterValidator(_ses_topic)] = None
    trusted_documents: Annotated[str, AfterValidator(_trusted_documents)] = ""
    android_apps: Annotated[CommaSeparated, AfterValidator(checked_android_apps)] = ()
    ios_apps: Annotated[CommaSeparated, AfterValidator(checked_ios_apps)] = ()
    worker_listen: Annotated[str, AfterValidator(_listen)] = ""
    document_letter_seconds: int = Field(120, ge=0, le=900)
    webhook_loopback: Literal["allow"] | None = None
    otlp_endpoint: Annotated[str, AfterValidator(_otlp_endpoint)] | None = None
    log_level: LogLevel = LogLevel.INFO
    metrics_token: Annotated[str, AfterValidator(_metrics_token)] = Field("", repr=False)

    @property
    def session_database_url(self) -> str:
        """The database past a connection pooler: for what needs a session of its own, such as LISTEN."""
        return self.direct_database_url or self.database_url

    @property
    def owner_database_url(self) -> str:
        """The database as the role that owns its tables: for migrations only."""
        return self.migration_database_url or self.session_database_url

    @property
    def worker_address(self) -> tuple[str, int]:
        """Where the worker listens, if `worker_listen` is set."""
        return _host_and_port(self.worker_listen)

    @property
    def in_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def reaches_this_machine(self) -> bool:
        """Whether requests to the systems of a practice may go to addresses of this machine: never in production."""
        return self.webhook_loopback is not None and not self.in_production

    @property
    def sender_address(self) -> str:
        """Who letters are from: `VESTIBULE_MAIL_FROM`, or no-reply at the portal's host."""
        return self.mail_from or f"no-reply@{_mail_host(urlsplit(self.portal_url).hostname or 'localhost')}"


def _mail_host(host: str) -> str:
    """The host part of a mail address (RFC 5321 section 4.1.3): an IP address in brackets, loopback as `localhost`."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_loopback:
        return "localhost"
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def given_settings(env_file: Path = ENV_FILE, **values: str) -> Settings:
    """The settings as they are given, with no key made and none demanded; `values` come before all others.

    Raises `SettingsInvalid` with every invalid variable.
    """
    given = given_variables(Settings, env_file)
    from_files, problems_of_files = secrets_from_files(given)
    problems_of_names = unknown_names(given, Settings.model_fields) | problems_of_files
    if problems_of_names:
        raise SettingsInvalid(problems_of_names)
    try:
        return Settings(_env_file=env_file, **(from_files | values))  # type: ignore[arg-type]
    except ValidationError as error:
        problems = [(_variable(detail["loc"]), detail) for detail in error.errors()]
        raise SettingsInvalid({name: _sentence(name, each["type"], each["msg"]) for name, each in problems}) from None


def load_settings(state_folder: Path = STATE_FOLDER, env_file: Path = ENV_FILE) -> Settings:
    """Read the settings from the environment. Raises `SettingsInvalid` with every invalid variable.

    Outside production, missing keys are created once and stored in `state_folder`.
    """
    settings = given_settings(env_file)
    if settings.timestamp_url and not settings.timestamp_trusted:
        raise SettingsInvalid({f"{PREFIX}TIMESTAMP_TRUSTED": "must name the timestamp authority's own certificate"})
    if settings.in_production:
        if settings.secret_keys:
            # Without a signing key everything except sealing works; `vestibule check` and /readyz report it.
            return settings
        raise SettingsInvalid(
            {f"{PREFIX}SECRET_KEYS": "must be set in production. Make a key with: openssl rand -base64 32"}
        )
    from runtime.made_keys import load_or_create_key, load_or_create_signing_key

    made: dict[str, object] = {}
    if not settings.secret_keys:
        made["secret_keys"] = (load_or_create_key(state_folder),)
    if settings.signing_pkcs12 is None:
        made["signing_pkcs12"] = load_or_create_signing_key(state_folder)
    return settings.model_copy(update=made)


@cache
def read_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    return name.upper() if name.lower().startswith(PREFIX.lower()) else PREFIX + name.upper()


def _sentence(variable: str, kind: str, message: str) -> str:
    if kind == "enum":
        members = LogLevel if variable == f"{PREFIX}LOG_LEVEL" else Environment
        return "must be one of " + ", ".join(member.value for member in members)
    # The adapters' messages start with the variable, which our message already names.
    return message.removeprefix("Value error, ").removeprefix(variable).lstrip(": ")
