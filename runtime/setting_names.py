"""The names of our environment variables: which ones nobody reads, and secrets that are kept in files."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

PREFIX = "VESTIBULE_"
FILE = "_FILE"
ENV_FILE = Path(".env")
# Each of these may also be `VESTIBULE_<NAME>_FILE`, as systemd, Docker and Kubernetes hand secrets over.
SECRETS = (
    "database_url",
    "direct_database_url",
    "migration_database_url",
    "smtp_url",
    "secret_keys",
    "signing_password",
    "timestamp_url",
    "metrics_token",
)
# Tests and benchmarks read these.
_OF_TESTS = (f"{PREFIX}TEST_", f"{PREFIX}BENCH_", f"{PREFIX}SOAK", f"{PREFIX}SEED", f"{PREFIX}SCREENSHOTS")
# Kubernetes puts these into every container for a Service whose name begins with "vestibule".
_OF_KUBERNETES = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\d+_(TCP|UDP|SCTP)\w*)")
_LARGEST_FILE = 100_000


def given_variables(settings: type[BaseSettings], env_file: Path | str = ENV_FILE) -> dict[str, str]:
    """Our variables that have a value, by their name in capitals. The environment wins over the `.env` file."""
    given: dict[str, str] = {}
    for source in (DotEnvSettingsSource(settings, env_file=env_file), EnvSettingsSource(settings)):
        ours = {name.upper(): value for name, value in source.env_vars.items() if name.upper().startswith(PREFIX)}
        given.update({name: value for name, value in ours.items() if value})
    return given


def unknown_names(given: Iterable[str], fields: Iterable[str]) -> dict[str, str]:
    """What to say of each variable that nobody reads: most likely it is misspelt, and its default is used instead."""
    known = [*(field.upper() for field in fields), *(secret.upper() + FILE for secret in SECRETS)]
    problems = {}
    for name in given:
        own_part = name.removeprefix(PREFIX)
        if own_part in known or name.startswith(_OF_TESTS) or _OF_KUBERNETES.fullmatch(name):
            continue
        nearest = get_close_matches(own_part, known, n=1, cutoff=0.7)
        meant = f"did you mean {PREFIX}{nearest[0]}?" if nearest else "remove it"
        problems[name] = f"is no setting of this release: {meant}"
    return problems


def secrets_from_files(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets that are kept in files, by the name of their field, and what is wrong with the others."""
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    for secret in SECRETS:
        plain = PREFIX + secret.upper()
        variable = plain + FILE
        if variable not in given:
            continue
        if plain in given:
            problems[variable] = f"can't be set together with {plain}: remove one of them"
            continue
        try:
            content = Path(given[variable]).read_bytes()
            text = content[: _LARGEST_FILE + 1].decode().strip()
        except OSError as problem:
            problems[variable] = f"can't be read: {problem.strerror}"
        except UnicodeDecodeError:
            problems[variable] = "must be a file of text"
        else:
            if not text or len(content) > _LARGEST_FILE:
                problems[variable] = "must be a file that holds the value and nothing else"
            found[secret] = text
    return found, problems
