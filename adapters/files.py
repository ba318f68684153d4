"""The file store: a folder on this machine, or an S3-compatible store. Both are accessed through obstore.

A key contains the digest of its content, so a file is written once and never changes. When `put` returns, the content
is on disk. obstore renames a complete file into place but does not flush it, so this module calls fsync for a folder.
An S3 store confirms a write only after it is durable.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from clinic.values.ports import FileMissing, FileStoreUnavailable

FOLDER_SCHEME = "file://"
S3_SCHEME = "s3://"

# The connection timeout is short, so that an unreachable store is noticed early. 25 MB take 20 s at 10 Mbit/s.
CONNECT_TIMEOUT = timedelta(seconds=3)
TRANSFER_TIMEOUT = timedelta(seconds=20)
# Seconds for all attempts together, on a local disk too. A probe gets less, because a person or a load balancer waits.
TIMEOUT_SECONDS = 30.0
PROBE_TIMEOUT_SECONDS = 4.0


class StoredFiles:
    """Implements the port `FileStore`. `folder` is set if the store is a folder on this machine."""

    def __init__(
        self,
        store: S3Store | MemoryStore | None = None,
        *,
        folder: Path | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._store = store
        self._folder = folder
        self._timeout = timeout

    @classmethod
    def at(cls, url: str, *, timeout: float = TIMEOUT_SECONDS) -> "StoredFiles":
        """The store for `VESTIBULE_FILES_URL`. Opens nothing. `timeout` is in seconds.

        Raises ValueError with a description of valid URLs.
        """
        if url.startswith(FOLDER_SCHEME) and len(url) > len(FOLDER_SCHEME):
            return cls(folder=Path(url.removeprefix(FOLDER_SCHEME)).absolute(), timeout=timeout)
        if url.startswith(S3_SCHEME):
            return cls(_s3(url), timeout=timeout)
        raise ValueError("must be file://folder or s3://bucket/prefix")

    async def put(self, key: str, content: bytes) -> None:
        """Store the bytes. After it returns, they survive a crash of the process and a power failure."""
        try:
            async with _errors_as_unavailable(self._timeout):
                store = await self._open_store()
                await _put(store, key, content)
                if self._folder is not None:
                    await asyncio.to_thread(_flush_to_disk, self._folder, self._folder / key)
        except FileNotFoundError:
            raise FileStoreUnavailable("there is no such bucket or folder") from None

    async def get(self, key: str) -> bytes:
        """The stored bytes. The caller compares their digest."""
        try:
            async with _errors_as_unavailable(self._timeout):
                return await _read(await self._open_store(), key)
        except FileNotFoundError:
            raise FileMissing(key) from None

    async def exists(self, key: str) -> bool:
        try:
            async with _errors_as_unavailable(self._timeout):
                await obstore.head_async(await self._open_store(), key)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Delete the file, or each file under a key that ends with a slash."""
        with suppress(FileNotFoundError):
            async with _errors_as_unavailable(self._timeout):
                store = await self._open_store()
                keys = [key]
                if key.endswith("/"):
                    keys = [found["path"] async for page in obstore.list(store, prefix=key) for found in page]
                for each in keys:
                    with suppress(FileNotFoundError, NotFoundError):
                        await obstore.delete_async(store, each)

    async def probe(self) -> None:
        """Write, read and delete a few bytes under a random key."""
        key, content = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(16)
        try:
            async with _errors_as_unavailable(min(PROBE_TIMEOUT_SECONDS, self._timeout)):
                store = await self._open_store()
                await _put(store, key, content)
                kept = await _read(store, key)
                await obstore.delete_async(store, key)
        except FileNotFoundError:
            raise FileStoreUnavailable("there is no such bucket or folder, or a file was gone at once") from None
        if kept != content:
            raise FileStoreUnavailable("a file came back changed")

    async def _open_store(self) -> S3Store | MemoryStore | LocalStore:
        if self._folder is not None:
            return await asyncio.to_thread(_folder_store, self._folder)
        assert self._store is not None  # noqa: S101  `at` and the tests give one of the two
        return self._store


def _folder_store(folder: Path) -> LocalStore:
    """The folder is created on every call, because it may be a mount that appears late or is emptied."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def _s3(url: str) -> S3Store:
    """obstore reads credentials, region and endpoint from the usual `AWS_…` variables."""
    parts = urlsplit(url)
    if not parts.hostname or "@" in parts.netloc or ":" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be s3://bucket/prefix; keys and endpoint are AWS_… variables")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            # S3-compatible stores differ most in bulk deletes.
            config={"disable_bulk_delete": True, **({"endpoint": endpoint} if endpoint else {})},
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": TRANSFER_TIMEOUT,
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=TIMEOUT_SECONDS / 2)},
        )
    except BaseError as error:
        raise ValueError(f"can't be used: {_first_line(error)}") from None


async def _put(store: S3Store | MemoryStore | LocalStore, key: str, content: bytes) -> None:
    try:
        await obstore.put_async(store, key, content, mode="create", use_multipart=False)
    except AlreadyExistsError:
        # A power failure may have left an incomplete file from an earlier put that never returned.
        if await _read(store, key) != content:
            await obstore.put_async(store, key, content, mode="overwrite", use_multipart=False)


async def _read(store: S3Store | MemoryStore | LocalStore, key: str) -> bytes:
    found = await obstore.get_async(store, key)
    return bytes(await found.bytes_async())


@asynccontextmanager
async def _errors_as_unavailable(seconds: float) -> AsyncIterator[None]:
    """Turn every error and a timeout into `FileStoreUnavailable`. A missing file raises FileNotFoundError."""
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
    """The error in one line. The rest of obstore's text is debugging detail."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _flush_to_disk(top: Path, file: Path) -> None:
    """Wait until the file and the folders above it are on disk."""
    for path in (file, *file.parents):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == top:
            return
