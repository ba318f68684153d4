"""The signing key stays in the server: no process that reads a document ever gets it."""

import pytest

from adapters.sealing import TrustStore
from adapters.sealing.page_merge import merge_pages
from adapters.sealing.sealer import MAX_ANSWER_BYTES
from adapters.sealing.signature import sign_prepared
from adapters.sealing.signature_field import NoSeal
from adapters.sealing.signing import prepare
from adapters.sealing.verifying import verify_bytes
from adapters.subprocess_pool import SubprocessPool
from clinic.values.seal_report import Verdict
from tests.adapters.sealed_files import SEALED_AT, certificate_page, evidence, original
from tests.factories.keys import key_file, made_sealer


class Listening(SubprocessPool):
    """Keeps what each process is given."""

    def __init__(self) -> None:
        super().__init__("adapters.sealing.child", max_concurrent=1, max_answer_bytes=MAX_ANSWER_BYTES)
        self.given: list[tuple[str, bytes]] = []

    async def ask(self, content: bytes, seconds: float, *task: str) -> tuple[str, bytes]:
        self.given.append((task[0], content))
        return await super().ask(content, seconds, *task)


async def test_no_process_that_reads_a_document_ever_gets_the_key() -> None:
    sealer, listening = made_sealer(), Listening()
    sealer._sealing = listening
    sealed = await sealer.seal(original(), certificate_page(), evidence())
    assert [task for task, _ in listening.given] == ["prepare", "verify"]
    secret = key_file().read().private.private_numbers().private_value.to_bytes(32, "big")
    assert not any(secret in content for _, content in listening.given)
    assert (await sealer.verify(sealed.content)).verdict is Verdict.AUTHENTIC


def test_prepared_file_is_sealed_by_nothing_but_the_key() -> None:
    key = key_file().read()
    joined = merge_pages(original(), certificate_page(), evidence())
    prepared = prepare(joined, key.certificates, SEALED_AT)
    trusted = TrustStore((key.certificates[0],), ())
    assert verify_bytes(prepared, trusted).verdict is not Verdict.AUTHENTIC
    assert verify_bytes(sign_prepared(prepared, key), trusted).verdict is Verdict.AUTHENTIC
    for unprepared in (original(), b"", b"no PDF"):
        with pytest.raises(NoSeal):
            sign_prepared(unprepared, key)
