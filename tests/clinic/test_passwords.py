"""What makes a password good enough (NIST SP 800-63B-4 §3.1.1.2), and that judging one never blocks the others."""

import time

import pytest

from clinic.values.passwords import hash_password, password_matches, weaknesses

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


TOO_SHORT = "Use at least 15 characters. A short sentence is easy to remember."
TOO_LONG = "Use at most 200 characters."
EASY = "This password is easy to guess. Four or more unrelated words make a strong one."
ALMOST = "This password is almost strong enough. Add another word that has nothing to do with the rest."
ABOUT_YOU = "Leave out your name, your address and the name of the practice: others could guess them."


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", TOO_SHORT),
        ("kz8#Vq!m2Lp$wX", TOO_SHORT),
        # 15 code points typed, fewer characters once composed.
        ("e\u0301" * 14, TOO_SHORT),
        (LONGEST + "z", TOO_LONG),
        ("x" * 1_000_000, TOO_LONG),
        ("passwordpassword", EASY),
        ("aaaaaaaaaaaaaaaaaaaa", EASY),
        ("123456789012345678", EASY),
        ("qwertyuiopasdfghjkl", EASY),
        ("marymarymary 1984", ALMOST),
        ("omar.reyes@example.com", ABOUT_YOU),
        ("Omar Reyes 1980-05-04", ABOUT_YOU),
        ("Willow Creek Counseling 1", ABOUT_YOU),
        ("willowcreekcounseling99", ABOUT_YOU),
        ("seven purple\x00 kettles", "Use characters that can be typed on any keyboard."),
        ("seven purple\ud800 kettles", "Use characters that can be typed on any keyboard."),
    ],
    ids=lambda value: ascii(value)[:30],
)
async def test_weak_passwords_are_told_why(password: str, reason: str) -> None:
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


async def test_hostile_megabyte_is_judged_at_once() -> None:
    began = time.process_time()
    assert await weaknesses(HOSTILE_RUN, ABOUT) == [TOO_LONG]
    assert not await password_matches(None, HOSTILE_RUN)
    assert time.process_time() - began < 2
