"""What is shipped to run the product: no default secrets, everything pinned, nothing as root, everything watched."""

import json
import re
import subprocess
import sys
import tomllib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from adapters.pdf.faces import MACHINE_FOLDERS
from runtime.settings import PREFIX, Settings
from tests.ports import free_port
from tests.release import images_of_others

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "api", "portal", "worker")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OPERATIONS = "".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("operations.md", "monitoring.md"))
# What may stand in for a variable that nobody set: an address inside the deployment, a port, nothing.
HARMLESS_DEFAULTS = {
    "VESTIBULE_DIRECT_DATABASE_URL",
    "VESTIBULE_OTLP_ENDPOINT",
    "VESTIBULE_DOCUMENT_LETTER_SECONDS",
    "VESTIBULE_SMTP_URL",
    "VESTIBULE_MAIL_FROM",
    "VESTIBULE_TRUSTED_PROXIES",
    "VESTIBULE_CORS_ORIGINS",
    "VESTIBULE_SES_TOPIC",
    "VESTIBULE_TRUSTED_DOCUMENTS",
    "VESTIBULE_ANDROID_APPS",
    "VESTIBULE_IOS_APPS",
    "VESTIBULE_LOG_LEVEL",
    "VESTIBULE_METRICS_TOKEN",
    "VESTIBULE_WORKER_LISTEN",
} | {
    "PYTHON_IMAGE",
    "POSTGRES_IMAGE",
    "MAILPIT_IMAGE",
    "API_PORT",
    "PORTAL_PORT",
    "LETTERS_PORT",
    "VESTIBULE_FILES_URL",
    "VESTIBULE_SIGNING_PASSWORD",
    "VESTIBULE_SIGNING_TRUSTED",
    "VESTIBULE_TIMESTAMP_URL",
    "VESTIBULE_TIMESTAMP_TRUSTED",
}


def test_compose_runs_every_part() -> None:
    assert set(SERVICES) == {"database", "mail", *OURS}
    assert [SERVICES[name]["command"][0] for name in OURS] == list(OURS)


def test_every_image_is_pinned_to_a_release() -> None:
    images = [COMPOSE["x-vestibule"]["image"], *images_of_others().values()]

    assert [image for image in images if not re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)*$", image)] == []


def test_every_image_of_others_can_be_named_by_its_digest() -> None:
    assert set(images_of_others()) == {"PYTHON_IMAGE", "POSTGRES_IMAGE", "MAILPIT_IMAGE"}
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    assert f"ARG PYTHON_IMAGE={images_of_others()['PYTHON_IMAGE']}\n" in DOCKERFILE
    used = {service["image"] for name, service in SERVICES.items() if name not in OURS}
    assert used == {f"${{{name}:-{images_of_others()[name]}}}" for name in ("POSTGRES_IMAGE", "MAILPIT_IMAGE")}


def test_everything_that_keeps_running_has_a_health_check() -> None:
    lasting = [name for name in SERVICES if name != "migrate"]
    assert [name for name in lasting if not SERVICES[name].get("healthcheck", {}).get("test")] == []
    assert "HEALTHCHECK" in DOCKERFILE


def test_health_checks_start_no_program_of_ours_and_ask_no_database() -> None:
    checks = [" ".join(SERVICES[name]["healthcheck"]["test"]) for name in ("api", "portal", "worker")]
    checks += re.findall(r"^HEALTHCHECK .*", DOCKERFILE, re.MULTILINE)

    assert len(checks) == 4
    assert [check for check in checks if "/healthz" not in check or "vestibule" in check] == []


def test_the_image_is_healthy_if_any_part_answers(tmp_path: Path) -> None:
    [check] = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    _, *options, code = json.loads(check)
    (tmp_path / "healthz").write_text("ok")
    (tmp_path / "missing").mkdir()

    def status(port: int) -> int:
        asked = code.replace("(8000, 8001, 8002)", f"({free_port()}, {port})")
        return subprocess.run([sys.executable, *options, asked], stderr=subprocess.DEVNULL, check=False).returncode

    for folder, expected in ((tmp_path, 0), (tmp_path / "missing", 1)):
        handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            assert status(server.server_port) == expected
            server.shutdown()
    assert status(free_port()) == 1


def test_nothing_serves_before_the_schema_is_current() -> None:
    for name in ("api", "portal", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["restart"] == "no"


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = re.findall(r"\$\{(\w+)(:[-?])?([^}]*)\}", text)

    assert {name for name, how, _ in used if how != ":?"} == HARMLESS_DEFAULTS
    assert {name for name, how, _ in used if how == ":?"} == {
        "POSTGRES_PASSWORD",
        "PROGRAM_PASSWORD",
        "VESTIBULE_SECRET_KEYS",
        "VESTIBULE_SIGNING_PKCS12",
        "VESTIBULE_API_URL",
        "VESTIBULE_PORTAL_URL",
    }
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    filled = {name for name, value in re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE) if value}
    assert filled == {"API_PORT", "PORTAL_PORT", "LETTERS_PORT"}


def test_the_image_holds_no_secret_and_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "10001"
    assert not re.search(r"(SECRET|PASSWORD|TOKEN)\w*=", DOCKERFILE)
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1] == "*"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_ports_are_published_on_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(published) == 3
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_volumes_are_named() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert mounted == set(COMPOSE["volumes"])


def test_compose_sets_only_what_the_settings_know() -> None:
    # Compose is for production, which ignores the setting of developers.
    known = {PREFIX + field.upper() for field in Settings.model_fields} - {f"{PREFIX}WEBHOOK_LOOPBACK"}
    owner = f"{PREFIX}MIGRATION_DATABASE_URL"
    for name in OURS:
        assert set(SERVICES[name]["environment"]) == (known if name == "migrate" else known - {owner})


def test_only_migrations_run_as_the_owner_of_the_tables() -> None:
    owner = SERVICES["database"]["environment"]["POSTGRES_USER"]
    for name in OURS:
        urls = [value for value in SERVICES[name]["environment"].values() if f"postgres://{owner}:" in value]
        assert len(urls) == (name == "migrate")
        assert "POSTGRES_PASSWORD" not in SERVICES[name]["environment"][f"{PREFIX}DATABASE_URL"]


def test_each_setting_is_explained() -> None:
    unexplained = [name for field in Settings.model_fields if f"`{(name := PREFIX + field.upper())}`" not in OPERATIONS]
    assert unexplained == []


def test_each_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    wanted = [
        *project["project"]["dependencies"],
        *extras["demo"],
        *extras["tracing"],
        *groups["dev"],
        *groups["build"],
    ]
    names = {re.split(r"[\[~=<>;]", line)[0] for line in wanted if isinstance(line, str)}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = {row[0] for row in re.findall(r"^\| `([\w.-]+)(\[\w+\])?` \|", text, re.MULTILINE)}

    assert rows == names


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_the_locks_pin_every_package_by_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert len(packages) > 40
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []
    assert "://" not in text


def test_the_smaller_lock_is_a_part_of_the_larger_one() -> None:
    def pinned(lock: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))

    assert pinned("requirements-runtime.lock") < pinned("requirements.lock")


def test_image_and_checks_have_a_font_for_east_asian_letters() -> None:
    checks = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "install --yes --no-install-recommends fonts-droid-fallback" in DOCKERFILE
    assert "wanted+=(fonts-droid-fallback)" in checks
    assert all(str(folder) in checks for folder in MACHINE_FOLDERS)
