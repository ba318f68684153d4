"""A release is whole: one version everywhere, and a wheel with every file it needs and no other."""

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests import release


def test_one_version_everywhere() -> None:
    assert release.check_versions() == release.project_version()


@pytest.mark.skipif(not (release.ROOT / ".git").exists(), reason="only git knows which files belong to the project")
def test_wheel_and_sdist_hold_what_they_need_and_no_tests(tmp_path: Path) -> None:
    sdist, wheel = release.build(tmp_path)

    release.check_wheel(wheel)
    release.check_sdist(sdist)
    assert wheel.name.startswith("vestibule_portal-")

    with zipfile.ZipFile(wheel, "a") as opened:
        opened.writestr("tests/test_planted.py", "")
    with pytest.raises(release.NotReady, match=r"tests/test_planted\.py"):
        release.check_wheel(wheel)


def test_bill_of_materials_names_what_the_image_contains_and_the_checksums_hold(tmp_path: Path) -> None:
    bill = json.loads(release.write_sbom(tmp_path).read_text(encoding="utf-8"))
    locked = re.findall(r"^([\w.-]+)==(\S+)", (release.ROOT / "requirements-runtime.lock").read_text("utf-8"), re.M)
    assert {(part["name"], part["version"]) for part in bill["components"]} == set(locked)
    assert bill["bomFormat"] == "CycloneDX"
    assert all(part["externalReferences"][0]["hashes"] for part in bill["components"])
    release.write_checksums(tmp_path)
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("answer", "digest"),
    [(f"echo sha256:{'0a' * 32}", f"sha256:{'0a' * 32}"), ("echo no such image", None), ("exit 1", None)],
)
def test_images_are_pinned_by_digest_where_docker_can_ask_for_it(
    answer: str, digest: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\n{answer}\n")
    docker.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    written = release.write_images(tmp_path)

    if digest is None:
        assert written is None
    else:
        assert written is not None
        lines = dict(line.split("=", 1) for line in written.read_text("utf-8").splitlines())
        assert lines == {name: f"{image}@{digest}" for name, image in release.images_of_others().items()}


def test_without_docker_images_are_pinned_by_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert release.write_images(tmp_path) is None
