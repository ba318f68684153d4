"""The file store: a folder of this machine, or an S3-compatible store, both behind obstore.

Keys hold a digest of what is stored, so a file is made once and never changed. A put that returned has reached the
disk: obstore moves a whole file into place but leaves it to the system when it is written out, so for a folder that is
waited for here. On S3 the answer means as much.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from clinic.values.ports import FileMissing, FileStoreUnavailable

FOLDER_SCHEME = "file://"
S3_SCHEME = "s3://"

# A store that is gone must be told from one that is slow: 25 MB take 20 s at 10 Mbit/s.
LONGEST_CONNECT = timedelta(seconds=3)
LONGEST_TRANSFER = timedelta(seconds=20)
# Seconds for all tries together, also of a stuck disk; and for a probe, which somebody waits for.
PATIENCE = 30.0
PROBE_PATIENCE = 4.0


class StoredFiles:
    """The port `FileStore` over one obstore store. `folder` is set where the store is a folder of this machine."""

    def __init__(
        self,
        store: S3Store | MemoryStore | None = None,
        *,
        folder: Path | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._folder = folder
        self._patience = patience

    @classmethod
    def at(cls, url: str, *, patience: float = PATIENCE) -> "StoredFiles":
        """The store behind `VESTIBULE_FILES_URL`; raises ValueError saying what would be right. Opens nothing.

        `patience` is in seconds.
        """
        if url.startswith(FOLDER_SCHEME) and len(url) > len(FOLDER_SCHEME):
            return cls(folder=Path(url.removeprefix(FOLDER_SCHEME)).absolute(), patience=patience)
        if url.startswith(S3_SCHEME):
            return cls(_s3(url), patience=patience)
        raise ValueError("must be file://folder or s3://bucket/prefix")

    async def put(self, key: str, content: bytes) -> None:
        """Store the bytes; once it returns they survive the end of this process and of the machine's power."""
        try:
            async with _told_as_unavailable(self._patience):
                store = await self._opened()
                await _put(store, key, content)
                if self._folder is not None:
                    await asyncio.to_thread(_write_out, self._folder, self._folder / key)
        except FileNotFoundError:
            raise FileStoreUnavailable("there is no such bucket or folder") from None

    async def get(self, key: str) -> bytes:
        """The bytes as they are; whoever reads them compares their digest."""
        try:
            async with _told_as_unavailable(self._patience):
                return await _read(await self._opened(), key)
        except FileNotFoundError:
            raise FileMissing(key) from None

    async def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        try:
            async with _told_as_unavailable(self._patience):
                await obstore.head_async(await self._opened(), key)
        except FileNotFoundError:
            return False
        return True

    async def probe(self) -> None:
        """Write, read and delete a few bytes under a key of this call's own."""
        key, content = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(16)
        try:
            async with _told_as_unavailable(min(PROBE_PATIENCE, self._patience)):
                store = await self._opened()
                await _put(store, key, content)
                kept = await _read(store, key)
                await obstore.delete_async(store, key)
        except FileNotFoundError:
            raise FileStoreUnavailable("there is no such bucket or folder, or a file was gone at once") from None
        if kept != content:
            raise FileStoreUnavailable("a file came back changed")

    async def _opened(self) -> S3Store | MemoryStore | LocalStore:
        if self._folder is not None:
            return await asyncio.to_thread(_folder_store, self._folder)
        assert self._store is not None  # noqa: S101  `at` and the tests give one of the two
        return self._store


def _folder_store(folder: Path) -> LocalStore:
    """The folder as a store. Looked for each time: it may be a mount that came late, or was emptied."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def _s3(url: str) -> S3Store:
    """Credentials, region and endpoint are the usual `AWS_…` variables, read by obstore."""
    parts = urlsplit(url)
    if not parts.hostname or "@" in parts.netloc or ":" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be s3://bucket/prefix; keys and endpoint are AWS_… variables")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            # Deleting in bulk is what S3-compatible stores differ in most.
            config={"disable_bulk_delete": True, **({"endpoint": endpoint} if endpoint else {})},
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": LONGEST_CONNECT,
                "timeout": LONGEST_TRANSFER,
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=PATIENCE / 2)},
        )
    except BaseError as error:
        raise ValueError(f"can't be used: {_first_line(error)}") from None


async def _put(store: S3Store | MemoryStore | LocalStore, key: str, content: bytes) -> None:
    try:
        await obstore.put_async(store, key, content, mode="create", use_multipart=False)
    except AlreadyExistsError:
        # A power cut may have left a torn copy of an earlier put that never returned.
        if await _read(store, key) != content:
            await obstore.put_async(store, key, content, mode="overwrite", use_multipart=False)


async def _read(store: S3Store | MemoryStore | LocalStore, key: str) -> bytes:
    found = await obstore.get_async(store, key)
    return bytes(await found.bytes_async())


@asynccontextmanager
async def _told_as_unavailable(seconds: float) -> AsyncIterator[None]:
    """Every failure of the store but a missing file becomes `FileStoreUnavailable`, a silent store too."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (FileNotFoundError, NotFoundError) as missing:
        raise FileNotFoundError(str(missing)) from None
    except TimeoutError:
        raise FileStoreUnavailable(f"no answer within {seconds:g} s") from None
    except (BaseError, OSError) as error:
        raise FileStoreUnavailable(_first_line(error)) from None


def _first_line(error: Exception) -> str:
    """What went wrong; the rest of obstore's text is for its developers."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _write_out(top: Path, file: Path) -> None:
    """Wait until the file, and the folders that name it, are on the disk."""
    for path in (file, *file.parents):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == top:
            return
