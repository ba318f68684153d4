"""Settings: what is read, what is refused, and that each refusal names the variable to mend."""

import multiprocessing
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sealing import SigningKeyFile
from runtime.made_keys import load_or_create_key, load_or_create_signing_key
from runtime.settings import Environment, Settings, SettingsInvalid, load_settings, read_settings
from tests.factories.keys import key_file

KEY = "2f0c6b1d9e8a7f5e4d3c2b1a0f9e8d7c6b5a49382716051423324150f6e7d8c9"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No variable of ours is set and no `.env` file lies about."""
    import os

    for name in [name for name in os.environ if name.startswith("VESTIBULE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    read_settings.cache_clear()
    yield
    read_settings.cache_clear()


def in_production(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    monkeypatch.setenv("VESTIBULE_SECRET_KEYS", KEY)
    for name, value in variables.items():
        monkeypatch.setenv(f"VESTIBULE_{name}", value)
    return load_settings()


def test_defaults_are_those_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = in_production(monkeypatch)

    assert settings.environment is Environment.PRODUCTION
    assert settings.database_url == "sqlite://var/vestibule.sqlite3"
    assert (settings.api_url, settings.portal_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")
    assert settings.smtp_url is None
    assert settings.files_url == "file://var/files"
    assert settings.sender_address == "no-reply@localhost"
    assert settings.trusted_proxies == ()
    assert settings.cors_origins == ()


def test_production_without_keys_refuses_to_start_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="^VESTIBULE_SECRET_KEYS: must be set in production"):
        load_settings()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("environment", ["development", "demo", "test"])
def test_outside_production_a_key_is_made_once_for_its_owner_only(
    environment: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", environment)

    first, second = load_settings(), load_settings()

    assert first.secret_keys == second.secret_keys
    assert len(first.secret_keys) == 1
    kept = tmp_path / "var" / "secret-key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text().strip() == first.secret_keys[0]


@pytest.mark.processes
def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(load_or_create_key, [tmp_path / "var"] * 8, chunksize=1)

    assert len(set(keys)) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret-key"]


def test_outside_production_a_signing_key_is_made_once_for_its_owner_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "development")

    first, second = load_settings(), load_settings()
    key = SigningKeyFile(first.signing_pkcs12).read()

    assert first.signing_pkcs12 == second.signing_pkcs12 == Path("var/signing.p12")
    assert stat.S_IMODE((tmp_path / "var" / "signing.p12").stat().st_mode) == 0o600
    assert (tmp_path / "var" / "signing.pem").read_bytes() == key.authority_pem
    key.require_usable(datetime.now(UTC) + timedelta(days=19 * 365))


@pytest.mark.processes
def test_processes_that_start_together_get_one_signing_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(certificate_kept_in, [tmp_path / "var"] * 8, chunksize=1)

    assert len(set(keys)) == 1
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == ["signing.p12", "signing.pem"]


def certificate_kept_in(folder: Path) -> bytes:
    return SigningKeyFile(load_or_create_signing_key(folder)).read().certificates[0]


def test_production_starts_without_a_signing_key_and_makes_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert in_production(monkeypatch).signing_pkcs12 is None
    assert list(tmp_path.iterdir()) == []


def test_timestamp_authority_needs_its_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="^VESTIBULE_TIMESTAMP_TRUSTED: must name the timestamp authority's"):
        in_production(monkeypatch, TIMESTAMP_URL="https://time.example.org/")
    (tmp_path / "time.pem").write_bytes(key_file().read().authority_pem)
    settings = in_production(monkeypatch, TIMESTAMP_URL="https://time.example.org/", TIMESTAMP_TRUSTED="time.pem")

    assert settings.timestamp_url == "https://time.example.org/"


def test_keys_are_told_apart_by_commas_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    older = KEY[::-1]
    assert in_production(monkeypatch, SECRET_KEYS=f"{KEY}, {older},").secret_keys == (KEY, older)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("ENVIRONMENT", "prod", "must be one of production, development, demo, test"),
        ("DATABASE_URL", "mysql://localhost/vestibule", "must begin with sqlite:// or postgres://"),
        ("DATABASE_URL", "postgres://localhost", "must name a server and a database"),
        ("DATABASE_URL", "sqlite://", "must name a file"),
        ("FILES_URL", "/var/files", "must be file://folder or s3://bucket/prefix"),
        ("FILES_URL", "file://", "must be file://folder or s3://bucket/prefix"),
        ("FILES_URL", "s3://key:secret@bucket", "must be s3://bucket/prefix; keys and endpoint are AWS_"),
        ("API_URL", "ftp://example.org", "must begin with http:// or https://"),
        ("PORTAL_URL", "https://portal.example.org/?a=b", "must be a plain address"),
        ("PORTAL_URL", "https://user:secret-word@portal.example.org", "must be a plain address"),
        ("PORTAL_URL", "https://portal.example.org:99999", "has a port that is no number"),
        ("SMTP_URL", "mail.example.org:25", "must be smtp://"),
        ("SECRET_KEYS", "short", "key 1"),
        ("SECRET_KEYS", "a" * 64, "key 1 is not random"),
        ("TRUSTED_PROXIES", "proxy.example.org", "must be addresses or networks"),
        ("LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
        ("OTLP_ENDPOINT", "collector:4318", "must begin with http:// or https://"),
        ("OTLP_ENDPOINT", "http://user:word@collector:4318", "must be the address of an OpenTelemetry collector"),
        ("WORKER_LISTEN", "8002", "must be an address and a port"),
        ("WORKER_LISTEN", "127.0.0.1", "must be an address and a port"),
        ("WORKER_LISTEN", "127.0.0.1:99999", "has a port that is no number"),
        ("METRICS_TOKEN", "short", "must have 20 characters at least"),
        ("MAIL_FROM", "nobody", "must be one email address"),
        ("SIGNING_TRUSTED", "/nowhere.pem", "can't be read: No such file"),
        ("TIMESTAMP_TRUSTED", "/dev/null", "must be a file of certificates in PEM form"),
        ("TIMESTAMP_URL", "time.example.org", "must begin with http:// or https://"),
        ("TIMESTAMP_URL", "https://", "must be the address of a timestamp authority"),
        ("SES_TOPIC", "bounces", "must be the ARN of a topic"),
        ("CORS_ORIGINS", "*", "must begin with http:// or https://"),
        ("CORS_ORIGINS", "null", "must begin with http:// or https://"),
        ("CORS_ORIGINS", "https://*.example.org", "must be whole origins"),
        ("CORS_ORIGINS", "https://ehr.example.org/chart", "must be whole origins"),
        ("CORS_ORIGINS", "https://ehr.example.org,https://user:secret-word@ehr.example.org", "must be whole origins"),
        ("CORS_ORIGINS", "http://ehr.example.org", "must begin with https:// but for this machine"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        in_production(monkeypatch, **{variable: value})

    assert list(refused.value.problems) == [f"VESTIBULE_{variable}"]
    assert refused.value.problems[f"VESTIBULE_{variable}"].startswith(expected)
    assert "secret-word" not in str(refused.value)


def test_origins_are_kept_as_a_browser_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    given = "https://EHR.Example.org:443, https://ehr.example.org:8443,http://localhost:3000,http://[::1]:80"
    assert in_production(monkeypatch, CORS_ORIGINS=given).cors_origins == (
        "https://ehr.example.org",
        "https://ehr.example.org:8443",
        "http://localhost:3000",
        "http://[::1]",
    )


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        in_production(monkeypatch, API_URL="x", PORTAL_URL="y")

    assert sorted(refused.value.problems) == ["VESTIBULE_API_URL", "VESTIBULE_PORTAL_URL"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Portal.Example.org/", "https://portal.example.org"),
        ("https://example.org/portal/", "https://example.org/portal"),
        (" http://127.0.0.1:8001 ", "http://127.0.0.1:8001"),
    ],
)
def test_public_addresses_lose_their_trailing_slash(given: str, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_production(monkeypatch, PORTAL_URL=given).portal_url == kept


@pytest.mark.parametrize(
    ("portal", "sender"),
    [
        ("https://portal.example.org", "no-reply@portal.example.org"),
        ("http://127.0.0.1:8001", "no-reply@localhost"),
        ("http://192.0.2.7:8001", "no-reply@[192.0.2.7]"),
    ],
)
def test_letters_are_from_the_portals_host(portal: str, sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_production(monkeypatch, PORTAL_URL=portal).sender_address == sender


def test_a_database_address_with_the_long_scheme_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://vestibule:pw@db:5432/vestibule"
    assert in_production(monkeypatch, DATABASE_URL=url).database_url == url


def test_empty_variables_are_unset_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = in_production(monkeypatch, SMTP_URL="", DATABASE_URL="", TRUSTED_PROXIES="")
    assert (settings.smtp_url, settings.database_url) == (None, "sqlite://var/vestibule.sqlite3")


def test_a_dotenv_file_is_read_and_the_environment_beats_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"VESTIBULE_SECRET_KEYS={KEY}\nVESTIBULE_API_URL=https://file.example.org\n"
        "VESTIBULE_PORTAL_URL=https://file.example.org\nOTHER=1\n"
    )
    monkeypatch.setenv("VESTIBULE_PORTAL_URL", "https://environment.example.org")

    settings = load_settings()

    assert (settings.api_url, settings.portal_url) == ("https://file.example.org", "https://environment.example.org")


def test_settings_shown_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = in_production(
        monkeypatch, DATABASE_URL="postgres://u:db-word@h/n", SMTP_URL="smtps://u:mail-word@mail.example.org"
    )
    shown = repr(settings) + str(settings)
    assert not [secret for secret in ("db-word", "mail-word", KEY) if secret in shown]


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_SECRET_KEYS", KEY)
    before = read_settings()
    monkeypatch.setenv("VESTIBULE_API_URL", "https://later.example.org")

    assert read_settings() is before


def test_a_variable_that_nobody_reads_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("vestibule_portal_uri=https://portal.example.org\nPOSTGRES_PASSWORD=word\n")
    with pytest.raises(SettingsInvalid) as refused:
        in_production(monkeypatch, SMPT_URL="smtp://user:secret-word@mail.example.org", COLOUR="blue", MAIL_FORM="")

    assert refused.value.problems == {
        "VESTIBULE_SMPT_URL": "is no setting of this release: did you mean VESTIBULE_SMTP_URL?",
        "VESTIBULE_PORTAL_URI": "is no setting of this release: did you mean VESTIBULE_PORTAL_URL?",
        "VESTIBULE_COLOUR": "is no setting of this release: remove it",
    }


def test_secrets_are_read_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    older = KEY[::-1]
    (tmp_path / "keys").write_text(f"{KEY},{older}\n")
    (tmp_path / "database").write_text("postgres://someone:word@db.example.org/clinic\n")
    monkeypatch.setenv("VESTIBULE_SECRET_KEYS_FILE", "keys")
    monkeypatch.setenv("VESTIBULE_DATABASE_URL_FILE", str(tmp_path / "database"))

    settings = load_settings()

    assert settings.secret_keys == (KEY, older)
    assert settings.database_url == "postgres://someone:word@db.example.org/clinic"


def test_a_wrong_value_in_a_file_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "smtp").write_text("mail.example.org:secret-word")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsInvalid, match="must be smtp://") as refused:
        in_production(monkeypatch, SMTP_URL_FILE="smtp")
    assert "secret-word" not in str(refused.value)
    with pytest.raises(SettingsInvalid) as refused:
        in_production(
            monkeypatch,
            SMTP_URL="smtp://mail.example.org",
            DATABASE_URL_FILE="nowhere",
            METRICS_TOKEN_FILE="empty",
            SIGNING_PASSWORD_FILE="bytes",
        )
    assert refused.value.problems == {
        "VESTIBULE_SMTP_URL_FILE": "can't be set together with VESTIBULE_SMTP_URL: remove one of them",
        "VESTIBULE_DATABASE_URL_FILE": "can't be read: No such file or directory",
        "VESTIBULE_METRICS_TOKEN_FILE": "must be a file that holds the value and nothing else",
        "VESTIBULE_SIGNING_PASSWORD_FILE": "must be a file of text",
    }


def test_variables_that_kubernetes_makes_for_a_service_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"API_SERVICE_HOST": "10.0.0.1", "API_SERVICE_PORT_HTTP": "80", "API_PORT": "tcp://10.0.0.1:80"}
    assert in_production(monkeypatch, **made, API_PORT_80_TCP_ADDR="10.0.0.1").in_production
