"""The examples in `deploy/` are taken by the programs they are for, and name what the product has."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runtime.cli import COMMANDS
from runtime.http.bounded_protocol import HTTP
from runtime.settings import PREFIX, Settings
from tests.release import project_version

DEPLOY = Path(__file__).parents[2] / "deploy"
KNOWN = {PREFIX + field.upper() for field in Settings.model_fields}
DAY = timedelta(days=1)
# The oldest that still gets corrections somewhere, and the newest whose schema we have.
KUBERNETES = ("1.30", "1.37")
PROBED = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


def needs(program: str) -> pytest.MarkDecorator:
    missing = shutil.which(program, path=f"{_path()}:/usr/sbin") is None
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")


def _path() -> str:
    return os.environ.get("PATH", "")


def said_by(*command: str, **more: Any) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **more)
    return done.returncode, done.stdout + done.stderr


@needs("systemd-analyze")
def test_units_are_taken_by_systemd(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        [command] = re.findall(r"^ExecStart=/opt/vestibule/bin/vestibule (.*)$", text, re.MULTILINE)
        assert command.split()[0] in COMMANDS
        (tmp_path / unit.name).write_text(
            text.replace("/opt/vestibule/bin/vestibule", sys.executable), encoding="utf-8"
        )
    units = sorted(map(str, tmp_path.iterdir()))
    assert len(units) == 3
    assert said_by("systemd-analyze", "verify", *units) == (0, "")


@needs("nginx")
def test_configuration_is_taken_by_nginx(tmp_path: Path) -> None:
    for host in ("staff", "portal"):
        _write_certificate(tmp_path, host)
    text = (
        (DEPLOY / "nginx" / "vestibule.conf").read_text(encoding="utf-8").replace("/etc/ssl/vestibule", str(tmp_path))
    )
    whole = f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    code, said = said_by(program, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))
    assert code == 0, said
    assert "warn" not in said.replace("user", "")


def _write_certificate(folder: Path, host: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{host}.alder.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + DAY)
    certificate = builder.sign(key, hashes.SHA256())
    (folder / f"{host}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / f"{host}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


@needs("caddy")
def test_configuration_is_taken_by_caddy(tmp_path: Path) -> None:
    folders = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    config = str(DEPLOY / "caddy" / "Caddyfile")
    code, said = said_by(
        "caddy", "validate", "--adapter", "caddyfile", "--config", config, env=folders | {"PATH": _path()}
    )
    assert code == 0, said
    code, said = said_by("caddy", "fmt", "--diff", config, env=folders | {"PATH": _path()})
    assert code == 0, said


def test_a_proxy_lets_go_of_an_idle_connection_before_the_program_does() -> None:
    """Otherwise a request may meet the end of its connection, and a person reads 502."""
    caddy, nginx = ((DEPLOY / name).read_text(encoding="utf-8") for name in ("caddy/Caddyfile", "nginx/vestibule.conf"))
    kept = [int(seconds) for seconds in re.findall(r"^\s*keepalive (\d+)s$", caddy, re.MULTILINE)]
    assert len(kept) == caddy.count("reverse_proxy ") == 2
    assert max(kept) < HTTP["timeout_keep_alive"]
    # Without an `upstream` that says `keepalive`, nginx opens a connection for each request.
    assert "keepalive" not in nginx
    # Kubernetes' ingress controller and the balancers of the large clouds keep one for 60 seconds.
    assert HTTP["timeout_keep_alive"] > 60


def manifests() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        found += [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]
    return found


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


def test_manifests_run_every_part_of_this_release_and_migrate_first() -> None:
    programs, [job] = of_kind("Deployment"), of_kind("Job").values()
    assert set(programs) == {"vestibule-api", "vestibule-portal", "vestibule-worker"}
    pods = [one["spec"]["template"]["spec"] for one in (*programs.values(), job)]
    containers = [container for pod in pods for container in pod["containers"]]
    assert {container["image"] for container in containers} == {f"vestibule:{project_version()}"}
    assert [container["args"][0] for container in containers] == ["api", "portal", "worker", "migrate"]
    for pod, container in zip(pods, containers, strict=True):
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["resources"]["limits"]["memory"]
    # Only the migration knows the owner of the tables.
    owners = [c["args"][0] for c in containers if {"secretRef": {"name": "vestibule-owner"}} in c["envFrom"]]
    assert owners == ["migrate"]


@pytest.mark.parametrize("version", KUBERNETES)
def test_manifests_are_taken_by_the_schema_of_kubernetes(version: str) -> None:
    """Strictly: a field that Kubernetes does not know is refused, too."""
    checked = [(one["kind"], kubernetes_validate.validate(one, version, strict=True)) for one in manifests()]

    assert checked == [(one["kind"], version) for one in manifests()] != []


def test_a_mistyped_manifest_is_noticed() -> None:
    worker = of_kind("Deployment")["vestibule-worker"]
    unknown = {**worker, "spec": {**worker["spec"], "replica": 1}}
    wrong = {**worker, "spec": {**worker["spec"], "replicas": "two"}}

    for broken, named in ((unknown, "replica"), (wrong, "two")):
        with pytest.raises(kubernetes_validate.ValidationError, match=named):
            kubernetes_validate.validate(broken, KUBERNETES[-1], strict=True)


def test_every_program_is_probed_at_its_port_and_may_be_drained() -> None:
    programs, budgets, services = of_kind("Deployment"), of_kind("PodDisruptionBudget"), of_kind("Service")
    for name, program in programs.items():
        [container] = program["spec"]["template"]["spec"]["containers"]
        [port] = container["ports"]
        assert {probe: container[probe]["httpGet"]["path"] for probe in PROBED} == PROBED
        assert all(container[probe]["httpGet"]["port"] == port["name"] for probe in PROBED)
        if "--port" in container["args"]:
            assert container["args"][container["args"].index("--port") + 1] == str(port["containerPort"])
        labels = program["spec"]["template"]["metadata"]["labels"]
        assert budgets[name]["spec"]["selector"]["matchLabels"] == labels
        if name in services:
            assert services[name]["spec"]["selector"] == labels
    [rules] = [one["spec"]["rules"] for one in of_kind("Ingress").values()]
    paths = [path for rule in rules for path in rule["http"]["paths"]]
    assert {path["backend"]["service"]["name"] for path in paths} == set(services)


def test_manifests_hold_no_secret_and_only_settings_that_there_are() -> None:
    assert of_kind("Secret") == {}
    [settings] = of_kind("ConfigMap").values()
    assert set(settings["data"]) <= KNOWN
    text = (DEPLOY / "kubernetes" / "10-settings.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"VESTIBULE_[A-Z0-9_]+", text)) <= KNOWN
    ports = {
        one["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
        for one in of_kind("Deployment").values()
    }
    [policy] = of_kind("NetworkPolicy").values()
    assert {port["port"] for port in policy["spec"]["ingress"][0]["ports"]} == ports
    assert settings["data"]["VESTIBULE_WORKER_LISTEN"].endswith(f":{max(ports)}")
