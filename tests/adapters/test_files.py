"""The file store: a folder, an S3 server and memory keep files alike, and say so when they can't."""

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import MemoryStore

from adapters.files import StoredFiles
from clinic.documents.files import document_key, page_key
from clinic.values.ports import FileMissing, FileStoreUnavailable

LARGE = os.urandom(25_000_000)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3's protocol."""
    # Loaded only here: it takes long, and most processes that collect this test don't run it.
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made up, and in the usual variables."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture
def s3_bucket(s3_server: str, s3_credentials: None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    bucket = f"papers-{uuid4()}"
    urllib.request.urlopen(urllib.request.Request(f"{s3_server}/{bucket}", method="PUT")).close()
    return f"s3://{bucket}/clinic/one"


@pytest.fixture(params=["folder", "s3", "memory"])
async def files(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StoredFiles]:
    """An empty store of each kind."""
    match request.param:
        case "folder":
            yield StoredFiles.at(f"file://{tmp_path}/files")
        case "s3":
            yield StoredFiles.at(request.getfixturevalue("s3_bucket"))
        case _:
            yield StoredFiles(MemoryStore())


def key_of(content: bytes) -> str:
    return document_key(uuid4(), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 small", LARGE], ids=["empty", "small", "25 MB"])
async def test_what_was_put_comes_back(files: StoredFiles, content: bytes) -> None:
    key = key_of(content)
    await files.put(key, content)

    assert await files.get(key) == content
    assert await files.exists(key)


async def test_pages_lie_beside_their_document(files: StoredFiles) -> None:
    organization, digest = uuid4(), hashlib.sha256(b"a").hexdigest()
    keys = [document_key(organization, digest), page_key(organization, digest, 1, 800)]
    for key in keys:
        await files.put(key, key.encode())

    assert [await files.get(key) for key in keys] == [key.encode() for key in keys]


async def test_what_is_deleted_is_gone_and_nothing_beside_it(files: StoredFiles) -> None:
    for key in ("one/abc", "one/pages/abc/1@600.png", "one/pages/abc/texts.json", "one/pages/abcd/texts.json"):
        await files.put(key, b"content")
    for _ in range(2):
        await files.delete("one/abc")
        await files.delete("one/pages/abc/")
    left = [
        key for key in ("one/abc", "one/pages/abc/1@600.png", "one/pages/abc/texts.json") if await files.exists(key)
    ]
    assert left == []
    assert await files.get("one/pages/abcd/texts.json") == b"content"


async def test_putting_twice_changes_nothing(files: StoredFiles) -> None:
    key = key_of(b"once")
    await files.put(key, b"once")
    await files.put(key, b"once")

    assert await files.get(key) == b"once"


async def test_thirty_two_puts_of_one_file_all_succeed(files: StoredFiles) -> None:
    content = os.urandom(200_000)
    key = key_of(content)
    await asyncio.gather(*[files.put(key, content) for _ in range(32)])

    assert await files.get(key) == content


async def test_torn_copy_of_a_power_cut_is_mended_by_the_next_put(files: StoredFiles) -> None:
    key = key_of(b"whole")
    await files.put(key, b"\0\0\0\0\0")  # as a file that was named before its bytes were written out
    await files.put(key, b"whole")

    assert await files.get(key) == b"whole"


async def test_file_that_was_never_stored_is_missing(files: StoredFiles) -> None:
    key = key_of(b"never")
    with pytest.raises(FileMissing):
        await files.get(key)
    assert not await files.exists(key)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_probe_leaves_nothing(files: StoredFiles, tmp_path: Path) -> None:
    await files.probe()

    assert files_below(tmp_path) == []


@pytest.mark.usefixtures("s3_credentials")
async def test_store_that_is_gone_is_said_and_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # and nobody listens
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{reserved.getsockname()[1]}")
        gone = StoredFiles.at("s3://papers")
        for call in (gone.put("a/b", b"x"), gone.get("a/b"), gone.exists("a/b"), gone.probe()):
            with pytest.raises(FileStoreUnavailable):
                await call


@pytest.mark.usefixtures("s3_credentials")
async def test_store_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        files = StoredFiles.at("s3://papers", timeout=0.3)
        for call in (files.put("a/b", b"x"), files.get("a/b"), files.probe()):
            with pytest.raises(FileStoreUnavailable, match=r"no answer within 0\.3 s"):
                await call


async def test_bucket_that_does_not_exist_is_said(s3_bucket: str) -> None:
    files = StoredFiles.at("s3://nowhere-to-be-found")
    for call in (files.put("a/b", b"x"), files.probe()):
        with pytest.raises(FileStoreUnavailable, match="there is no such bucket"):
            await call


async def test_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    files = StoredFiles.at(f"file://{tmp_path}/file/below")
    for call in (files.put("a/b", b"x"), files.probe()):
        with pytest.raises(FileStoreUnavailable):
            await call


_FULL = """
import asyncio, resource, signal, sys
from adapters.files import StoredFiles
from clinic.values.ports import FileStoreUnavailable
files = StoredFiles.at(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
async def main():
    await files.put("a/small", b"x")
    # A disk that takes no more than this, as far as this process can tell.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        await files.put("a/large", bytes(5000))
    except FileStoreUnavailable as full:
        print("refused", await files.exists("a/large"), await files.get("a/small"))
asyncio.run(main())
"""


def test_disk_that_is_full_leaves_nothing_half_stored(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, f"file://{tmp_path}/files"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert done.stdout.strip() == "refused False b'x'", done.stderr


_KILLED = """
import asyncio, os, sys
from adapters.files import StoredFiles
files = StoredFiles.at(sys.argv[1])
async def main():
    for number in range(1000000):
        await files.put(f"a/{number}", str(number).encode() * 1000)
        print(number, flush=True)
asyncio.run(main())
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, f"file://{tmp_path}/files"]
    acknowledged = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            acknowledged.append(int(line))
            if len(acknowledged) == 20:
                writer.kill()
                break
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]

    stored = {number: (tmp_path / "files" / "a" / str(number)).read_bytes() for number in acknowledged}
    assert stored == {number: str(number).encode() * 1000 for number in acknowledged}


async def test_folder_and_its_files_reach_the_disk_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    really = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    await StoredFiles.at(f"file://{tmp_path}/files").put("one/two", b"x")

    top = str(tmp_path / "files")
    assert synced == [f"{top}/one/two", f"{top}/one", top]


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    await StoredFiles.at(f"file://{tmp_path}/deep/files").put("one/two", b"x")

    assert (tmp_path / "deep" / "files").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url", ["", "file://", "folder", "ftp://a/b", "s3://", "s3:///prefix", "s3://key:secret@bucket", "s3://b?x=y"]
)
def test_address_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        StoredFiles.at(url)
