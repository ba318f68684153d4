"""Builds a release from committed files only, and checks it. `python -m tests.release` is `make release`.

It publishes nothing: at the end it prints the commands that do.
"""

import email
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from packaging.metadata import Metadata

ROOT = Path(__file__).parents[1]
PACKAGES = ("clinic", "adapters", "runtime", "api", "patient_portal", "dev")
# Beside the scripts lie the tools that check them; they stay in the repository.
_TOOLS = re.compile(r"(^|/)(\.[^/]+|(tests|web/types)/.+|package(-lock)?\.json|tsconfig\.json|[^/]+\.config\.js)$")
# `build_meta` is what pip calls. It writes into the folder it runs in, so it never runs in the checkout.
_BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"


class NotReady(Exception):
    """The release can't be cut. The message says what to mend."""


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotReady(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def tracked_files() -> list[str]:
    """What belongs to the project: every file here that git does not ignore, relative to the root."""
    return [
        name
        for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        if name and (ROOT / name).is_file()
    ]


def project_version() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def newest_release() -> tuple[str, str]:
    """Version and date of the changelog's first section that names a version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## (\d+\.\d+\.\d+) — (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    if found is None:
        raise NotReady("CHANGELOG.md has no section such as: ## 1.2.3 — 2030-01-31")
    return found[1], found[2]


def image_version() -> str:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found = re.search(r"^  image: vestibule:(\S+)$", compose, re.MULTILINE)
    if found is None:
        raise NotReady("docker-compose.yml names no image of ours")
    return found[1]


def build(folder: Path) -> tuple[Path, Path]:
    """Makes in `folder` the sdist from a copy of the project's files, and from the sdist the wheel; returns both."""
    with TemporaryDirectory() as copied:
        source = Path(copied)
        for name in tracked_files():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
        _run_build("build_sdist", source, folder)
    [sdist] = folder.glob("*.tar.gz")
    with TemporaryDirectory() as unpacked:
        # Not tarfile: Debian 12's has no extraction filter, and newer ones warn without it.
        subprocess.run(["tar", "-xzf", str(sdist.resolve()), "-C", unpacked], check=True)
        _run_build("build_wheel", Path(unpacked) / sdist.name.removesuffix(".tar.gz"), folder)
    [wheel] = folder.glob("*.whl")
    return sdist, wheel


def _run_build(what: str, source: Path, folder: Path) -> None:
    command = [sys.executable, "-c", _BUILD, what, str(folder.resolve())]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotReady(f"{what} failed:\n{done.stderr[-2000:]}")


def check_wheel(wheel: Path) -> None:
    """The wheel holds every file of the packages but their tools, its metadata and licence, and nothing else."""
    with zipfile.ZipFile(wheel) as opened:
        names = {name for name in opened.namelist() if not name.endswith("/")}
        [described] = [name for name in names if name.endswith(".dist-info/METADATA")]
        metadata = opened.read(described)
    about = str(PurePosixPath(described).parent)
    held = {name for name in names if not name.startswith(f"{about}/")}
    wanted = {name for name in tracked_files() if name.split("/")[0] in PACKAGES and not _TOOLS.search(name)}
    if missing := sorted(wanted - held):
        raise NotReady(f"the wheel lacks {missing}: see package-data in pyproject.toml")
    if unwanted := sorted(held - wanted):
        raise NotReady(f"the wheel holds what it should not: {unwanted}")
    if f"{about}/licenses/LICENSE" not in names:
        raise NotReady("the wheel has no LICENSE")
    check_metadata(metadata)


def check_sdist(sdist: Path) -> None:
    """The sdist carries no tests. That it builds is seen by building the wheel from it."""
    with tarfile.open(sdist) as opened:
        held = {PurePosixPath(*PurePosixPath(member.name).parts[1:]) for member in opened if member.isfile()}
    if tests := sorted(str(name) for name in held if name.parts[0] in ("tests", "bench")):
        raise NotReady(f"the sdist holds what it should not: {tests}")


def check_metadata(metadata: bytes) -> None:
    """The package index refuses metadata that these rules refuse, and a version can be uploaded only once."""
    parsed = Metadata.from_email(metadata, validate=True)
    if str(parsed.version) != project_version():
        raise NotReady(f"the wheel says version {parsed.version}")
    if not email.message_from_bytes(metadata).get_payload():
        raise NotReady("the wheel carries no README")


def check_versions() -> str:
    """pyproject.toml, CHANGELOG.md and docker-compose.yml name one version, which is returned."""
    version = project_version()
    said = {"CHANGELOG.md": newest_release()[0], "docker-compose.yml": image_version()}
    if wrong := {name: other for name, other in said.items() if other != version}:
        raise NotReady(f"pyproject.toml says {version}, but {wrong}")
    return version


def write_sbom(folder: Path) -> Path:
    """What the image contains, as a bill of materials in CycloneDX: every pinned distribution with its hashes."""
    target = folder / f"vestibule_portal-{project_version()}.cdx.json"
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements-runtime.lock"]
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON", "-o", str(target.resolve())]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotReady(f"the bill of materials failed:\n{done.stderr[-2000:]}")
    return target


def images_of_others() -> dict[str, str]:
    """The images that ours is built from and runs beside, by the variable of docker-compose.yml that names each."""
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return dict(re.findall(r"\$\{(\w+_IMAGE):-([^}]+)\}", compose))


def write_images(folder: Path) -> Path | None:
    """`images.env`: each of them with its digest, asked of its registry by Docker. None where that can't be done."""
    lines = []
    for name, image in sorted(images_of_others().items()):
        command = ["docker", "buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
        try:
            asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return None
        digest = asked.stdout.strip()
        if asked.returncode or not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            return None
        lines.append(f"{name}={image}@{digest}\n")
    target = folder / "images.env"
    target.write_text("".join(lines), encoding="utf-8")
    return target


def write_checksums(folder: Path) -> Path:
    """`SHA256SUMS` of everything in the folder, as `sha256sum --check` reads it."""
    target = folder / "SHA256SUMS"
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(folder.iterdir())]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def release() -> None:
    version = check_versions()
    if changed := git("status", "--porcelain").strip():
        raise NotReady(f"commit or put away first:\n{changed}")
    if git("tag", "--list", f"v{version}").strip():
        raise NotReady(f"v{version} is tagged already: choose the next version")
    folder = ROOT / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    sdist, wheel = build(folder)
    check_wheel(wheel)
    check_sdist(sdist)
    sbom = write_sbom(folder)
    images = write_images(folder)
    sums = write_checksums(folder)
    made = [path for path in (wheel, sdist, sbom, images, sums) if path]
    print("Built and checked:", *(f"  dist/{path.name}" for path in made), sep="\n")
    print("\nNext (docs/releasing.md):")
    print(f"  git tag --annotate v{version} --message 'Vestibule {version}'\n  git push origin v{version}")
    print("  upload wheel and sdist to the package index, all files to the release page")
    if images:
        print("  docker compose --env-file .env --env-file dist/images.env build")
    else:
        print("  docker compose build   # by tag only: Docker could not ask the registries for the digests")


if __name__ == "__main__":
    try:
        release()
    except NotReady as problem:
        sys.exit(f"No release: {problem}")
