"""Whether this process can do its work, for load balancers and for people: asked by both faces."""

import time
from weakref import WeakKeyDictionary

import asyncpg
from tortoise.exceptions import BaseORMException

from clinic.ports import FileStore, FileStoreUnavailable, Services
from runtime.database import schema_version_problem

# Seconds an answer of the file store stands: /readyz is open to everybody, and each probe writes to the disk.
FILES_ANSWER_STANDS = 3.0

_files_answers: WeakKeyDictionary[FileStore, tuple[float, str]] = WeakKeyDictionary()


async def readiness(services: Services) -> tuple[bool, dict[str, str]]:
    """Ready or not, and a word on each dependency. Costs a statement and, every few seconds, a file of a few bytes.

    The mail server is none: without it letters wait in the outbox, and the faces answer all the same.
    """
    try:
        problem = await schema_version_problem()
    except (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False, {"database": "unreachable"}
    found = {"database": "ok", "schema": problem or "ok", "files": await _files(services.files)}
    return all(word == "ok" for word in found.values()), found


async def _files(files: FileStore) -> str:
    """`ok` or `unavailable`; what is wrong with it is for `vestibule check`, not for strangers."""
    asked_at, answer = _files_answers.get(files, (0.0, ""))
    if answer and time.monotonic() - asked_at < FILES_ANSWER_STANDS:
        return answer
    try:
        await files.probe()
        answer = "ok"
    except FileStoreUnavailable:
        answer = "unavailable"
    _files_answers[files] = time.monotonic(), answer
    return answer
