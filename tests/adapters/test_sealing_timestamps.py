"""The timestamp in a seal: taken from an authority that is known, done without while it is away, put in later."""

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.sealing import PyhankoSealer, SigningKeyFile, TrustStore
from adapters.sealing.cms import parse_canonical, parse_signature
from adapters.sealing.signature_field import find_seal_field
from clinic.values.ports import TimestampUnavailable
from clinic.values.seal_report import Verdict
from tests.adapters.sealed_files import SEALED_AT, certificate_page, evidence, known_by, original, sealed_file
from tests.clock import FixedClock
from tests.factories.keys import key_file
from tests.factories.timestamping import answering, timestamp_authority


def sealer(url: str | None, name: str = "Clock") -> PyhankoSealer:
    """Knows that authority."""
    known = TrustStore((), timestamp_authority(name).known)
    return PyhankoSealer(key_file(), known, timestamp_url=url, clock=FixedClock(SEALED_AT))


async def test_seal_holds_the_authoritys_time_when_it_answers() -> None:
    moment = datetime(2026, 3, 2, 9, 0, 41, tzinfo=UTC)
    with answering(lambda request: timestamp_authority().answer(request, at=moment)) as url:
        made = await sealer(url).seal(original(), certificate_page(), evidence())
    report = await sealer(None).verify(made.content)

    assert made.timestamped
    assert (report.verdict, report.timestamped, report.sealed_at) == (Verdict.AUTHENTIC, True, moment)


async def test_only_what_leads_to_the_authority_is_taken_along() -> None:
    with answering(timestamp_authority().answer) as url:
        stamped = await sealer(url).timestamp(sealed_file())
    token = parse_canonical(find_seal_field(stamped).encoded).token
    assert token
    sent = [each.public_bytes(Encoding.DER) for each in timestamp_authority().certificates]

    assert sorted(parse_canonical(token).certificates) == sorted(sent[:2])
    assert parse_signature(token).content


async def test_file_sealed_without_gets_its_timestamp_later_in_the_same_place() -> None:
    with answering(timestamp_authority().answer) as url:
        stamped = await sealer(url).timestamp(sealed_file())
        again = await sealer(url).timestamp(stamped)
    report = await sealer(None).verify(stamped)
    place = find_seal_field(stamped)

    assert (report.verdict, report.timestamped) == (Verdict.AUTHENTIC, True)
    assert report.evidence == evidence().decode()
    assert again == stamped
    assert place.signed_bytes(stamped) == find_seal_field(sealed_file()).signed_bytes(sealed_file())


def refused(request: bytes) -> bytes:
    return bytes(tsp.TimeStampResp({"status": {"status": "rejection"}}).dump())


def for_other_bytes(request: bytes) -> bytes:
    """A sound timestamp over something else, with the nonce that was asked for."""
    asked = tsp.TimeStampReq.load(request)
    asked["message_imprint"]["hashed_message"] = bytes(32)
    return timestamp_authority().answer(asked.dump(force=True))


def for_another_request(request: bytes) -> bytes:
    """A sound timestamp that was given out before."""
    asked = tsp.TimeStampReq.load(request)
    asked["nonce"] = 12345
    return timestamp_authority().answer(asked.dump(force=True))


def damaged(request: bytes) -> bytes:
    """The token's own signature, its last bytes, is another."""
    answer = timestamp_authority().answer(request)
    return answer[:-3] + bytes(each ^ 1 for each in answer[-3:])


def from_another_age(request: bytes) -> bytes:
    return timestamp_authority().answer(request, at=datetime(2019, 1, 1, tzinfo=UTC))


ANSWERS: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "nothing": (lambda request: b"", 200),
    "garbage": (lambda request: b"garbage" * 100, 200),
    "a page": (lambda request: b"<html>", 200),
    "an error": (lambda request: timestamp_authority().answer(request), 500),
    "a refusal": (refused, 200),
    "other bytes": (for_other_bytes, 200),
    "another request": (for_another_request, 200),
    "damaged": (damaged, 200),
    "half": (lambda request: timestamp_authority().answer(request)[:700], 200),
    "a stranger": (lambda request: timestamp_authority("Stranger").answer(request), 200),
    "another age": (from_another_age, 200),
}


@pytest.mark.parametrize("what", ANSWERS)
async def test_answer_of_no_use_is_no_timestamp(what: str) -> None:
    answer, status = ANSWERS[what]
    with answering(answer, status=status) as url, pytest.raises(TimestampUnavailable) as failed:
        await sealer(url).timestamp(sealed_file())

    assert "127.0.0.1" not in str(failed.value)


async def test_authority_that_is_away_is_done_without() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        made = await sealer(url).seal(original(), certificate_page(), evidence())

    report = await sealer(None).verify(made.content)
    assert not made.timestamped
    assert (report.verdict, report.timestamped, report.sealed_at) == (Verdict.AUTHENTIC, False, SEALED_AT)


async def test_without_an_authority_there_is_no_timestamp() -> None:
    with pytest.raises(TimestampUnavailable, match="VESTIBULE_TIMESTAMP_URL"):
        await sealer(None).timestamp(sealed_file())


@pytest.mark.parametrize("made", [bytes, original, lambda: sealed_file()[:-1]], ids=["nothing", "unsealed", "altered"])
async def test_only_a_sealed_file_gets_one(made: Callable[[], bytes]) -> None:
    content = made()
    asked = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return timestamp_authority().answer(request)

    with answering(answer) as url, pytest.raises(TimestampUnavailable, match="no seal of ours"):
        await sealer(url).timestamp(content)
    assert asked == []


async def test_timestamp_of_an_authority_nobody_knows_is_a_change() -> None:
    with answering(timestamp_authority().answer) as url:
        stamped = await sealer(url).timestamp(sealed_file())

    for timestamps in ((), timestamp_authority("Stranger").known):
        unknowing = PyhankoSealer(SigningKeyFile(None), known_by(key_file(), timestamps=timestamps))
        assert (await unknowing.verify(stamped)).verdict is Verdict.ALTERED


async def test_further_authorities_take_nothing_away() -> None:
    """Whoever later knows the authority in the middle as well, or only that, still finds the file authentic."""
    with answering(timestamp_authority().answer) as url:
        stamped = await sealer(url).timestamp(sealed_file())
    middle = timestamp_authority().certificates[1].public_bytes(Encoding.DER)

    for timestamps in ((*timestamp_authority().known, middle), (middle,)):
        knowing = PyhankoSealer(SigningKeyFile(None), known_by(key_file(), timestamps=timestamps))
        assert (await knowing.verify(stamped)).verdict is Verdict.AUTHENTIC


async def test_timestamp_outlives_the_certificates_end() -> None:
    """As of the authority's time everything was valid; today the signing certificate has ended."""
    from tests.adapters.test_sealing import ending
    from tests.factories.keys import BEGAN

    old = ending(BEGAN, BEGAN + timedelta(days=700))
    known = TrustStore((), timestamp_authority().known)
    with answering(lambda request: timestamp_authority().answer(request, at=BEGAN + timedelta(days=500))) as url:
        past = PyhankoSealer(old, known, timestamp_url=url, clock=FixedClock(BEGAN + timedelta(days=500)))
        made = await past.seal(original(), certificate_page(), evidence())
    report = await PyhankoSealer(old, known).verify(made.content)

    assert (report.verdict, report.timestamped) == (Verdict.AUTHENTIC, True)


async def test_asking_sends_a_digest_and_nothing_of_the_document() -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return timestamp_authority().answer(request)

    with answering(answer) as url:
        await asyncio.wait_for(sealer(url).timestamp(sealed_file()), 60)
    [request] = [tsp.TimeStampReq.load(each) for each in asked]

    assert len(asked[0]) < 100
    assert len(request["message_imprint"]["hashed_message"].native) == 32
    assert request["cert_req"].native is True
