"""What makes a password good enough (NIST SP 800-63B-4 §3.1.1.2), and that judging one never blocks the others."""

import asyncio
import threading
import time

import pytest

from clinic.values.passwords import hash_password, password_matches, weaknesses
from clinic.values.problems import Weakness

pytestmark = pytest.mark.usefixtures("real_hashes")

ABOUT = ["Omar", "Reyes", "omar.reyes@example.com", "Willow Creek Counseling", "1980-05-04"]
GOOD = "seven purple kettles sing"
LONGEST = " ".join(f"{word} {word[::-1]}" for word in ("kettle", "purple", "harbor", "seventy", "willow", "lantern"))
LONGEST = (LONGEST + " " + LONGEST.title() + " " + LONGEST.swapcase())[:200]
HOSTILE_RUN = "a" + "\u0301\u0316" * 250_000


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct tulip van 9 sunset",
        "мой кот спит на крыше дома",
        "   spaces   count   too   ",
        "kz8#Vq!m2Lp$wX9c",
        "plötzlich ßtraße ñandú 77",
        LONGEST,
    ],
)
async def test_good_passwords_have_no_weakness(password: str) -> None:
    assert await weaknesses(password, ABOUT) == []


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", Weakness.TOO_SHORT),
        ("kz8#Vq!m2Lp$wX", Weakness.TOO_SHORT),
        # 15 code points typed, fewer characters once composed.
        ("e\u0301" * 14, Weakness.TOO_SHORT),
        (LONGEST + "z", Weakness.TOO_LONG),
        ("x" * 1_000_000, Weakness.TOO_LONG),
        ("passwordpassword", Weakness.EASY_TO_GUESS),
        ("aaaaaaaaaaaaaaaaaaaa", Weakness.EASY_TO_GUESS),
        ("123456789012345678", Weakness.EASY_TO_GUESS),
        ("qwertyuiopasdfghjkl", Weakness.EASY_TO_GUESS),
        ("marymarymary 1984", Weakness.NEARLY_STRONG),
        ("omar.reyes@example.com", Weakness.ABOUT_THE_PERSON),
        ("Omar Reyes 1980-05-04", Weakness.ABOUT_THE_PERSON),
        ("Willow Creek Counseling 1", Weakness.ABOUT_THE_PERSON),
        ("willowcreekcounseling99", Weakness.ABOUT_THE_PERSON),
        ("seven purple\x00 kettles", Weakness.NOT_TYPABLE),
        ("seven purple\ud800 kettles", Weakness.NOT_TYPABLE),
    ],
    ids=lambda value: ascii(value)[:30],
)
async def test_weak_passwords_are_told_why(password: str, reason: Weakness) -> None:
    assert await weaknesses(password, ABOUT) == [reason]


async def test_hash_is_argon2id_and_fits_its_password_only() -> None:
    stored = await hash_password(GOOD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await password_matches(stored, GOOD)
    assert not await password_matches(stored, GOOD + " ")
    assert not await password_matches(stored, GOOD.upper())
    assert stored != await hash_password(GOOD)


async def test_composed_and_decomposed_letters_are_one_password() -> None:
    stored = await hash_password("café au lait, s'il vous plaît")
    assert await password_matches(stored, "cafe\u0301 au lait, s'il vous plai\u0302t")


async def test_two_hundred_characters_count_to_the_last() -> None:
    assert len(LONGEST) == 200
    stored = await hash_password(LONGEST)
    assert await password_matches(stored, LONGEST)
    assert not await password_matches(stored, LONGEST[:-1] + "z")
    assert not await password_matches(stored, LONGEST * 10)


@pytest.mark.parametrize("stored", [None, "", "!", "$argon2id$nonsense"])
async def test_without_a_hash_no_password_fits(stored: str | None) -> None:
    assert not await password_matches(stored, GOOD)
    assert not await password_matches(stored, "nobody has this password")


async def test_half_a_surrogate_pair_is_a_wrong_password() -> None:
    assert not await password_matches(await hash_password(GOOD), GOOD + "\ud800")


async def test_hashes_are_made_by_two_threads_of_their_own() -> None:
    """The allocator keeps 19 MiB for each thread that ever hashed."""
    stored = await hash_password(GOOD)
    await asyncio.gather(*(password_matches(stored, GOOD) for _ in range(6)), hash_password(GOOD))

    assert 1 <= len([thread for thread in threading.enumerate() if thread.name.startswith("password_")]) <= 2


async def test_hostile_megabyte_is_judged_at_once() -> None:
    began = time.process_time()
    assert await weaknesses(HOSTILE_RUN, ABOUT) == [Weakness.TOO_LONG]
    assert not await password_matches(None, HOSTILE_RUN)
    assert time.process_time() - began < 2
