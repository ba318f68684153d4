"""The forms in which addresses and names are compared, and what may not come in at all."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.values.errors import FieldProblem, InvalidInput
from clinic.values.pin import normal_pin
from clinic.values.problems import Problem
from clinic.values.text import (
    Problems,
    UnusableText,
    clean_email,
    clean_line,
    deliverable_email,
    masked_email,
    normal_email,
    search_key,
    search_words,
)
from clinic.values.tokens import hash_token

# Alternating marks of two combining classes: normalizing a run of them takes quadratic time.
HOSTILE_RUN = "a" + "\u0301\u0316" * 250_000


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("omar@example.com", "omar@example.com"),
        ("  omar@example.com ", "omar@example.com"),
        ("Omar.REYES@Example.COM", "omar.reyes@example.com"),
        ("omar@example.com.", "omar@example.com"),
        ("ｏｍａｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "omar@example.com"),
        ("ﬁona@example.com", "fiona@example.com"),
        ("e\u0301@example.com", "é@example.com"),
        ("É@example.com", "é@example.com"),
        ("\u212aim@example.com", "kim@example.com"),
        ("ΣΑΣ@example.com", "σασ@example.com"),
        ("σας@example.com", "σασ@example.com"),
        ("omar@bücher.example", "omar@xn--bcher-kva.example"),
        ("omar@BÜCHER.example", "omar@xn--bcher-kva.example"),
        ("omar@xn--bcher-kva.example", "omar@xn--bcher-kva.example"),
        ("omar@XN--BCHER-KVA.example", "omar@xn--bcher-kva.example"),
        ("omar@bu\u0308cher.example", "omar@xn--bcher-kva.example"),
        ("omar@exam\u00adple.com", "omar@example.com"),
        # ß folds in the local part; as part of a domain it is a letter of its own (IDNA 2008).
        ("straße@example.com", "strasse@example.com"),
        ("omar@straße.example", "omar@xn--strae-oqa.example"),
        ("omar@STRAẞE.example", "omar@xn--strae-oqa.example"),
        ("omar@strasse.example", "omar@strasse.example"),
        ("omar+portal@example.com", "omar+portal@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("omar@practice.test", "omar@practice.test"),
    ],
)
def test_addresses_that_are_one_have_one_normal_form(typed: str, normal: str) -> None:
    assert normal_email(typed) == normal
    assert normal_email(normal) == normal


PASTED = [
    "\u200b{}",
    "\ufeff{}\u00a0",
    "\u202a{}\u202c",
    "\u202d{}\u202c",
    "\u2066{}\u2069",
    "\u00ad{}\u2060",
    "{}\u200e\r\n",
]


@pytest.mark.parametrize("around", PASTED, ids=ascii)
def test_invisible_characters_around_a_pasted_text_are_ignored(around: str) -> None:
    assert clean_line(around.format("Omar Reyes")) == "Omar Reyes"
    assert clean_email(around.format("omar@example.com")) == "omar@example.com"
    assert normal_email(around.format("Omar@example.com")) == "omar@example.com"
    assert deliverable_email(around.format("Omar@example.com")) == "Omar@example.com"
    assert [word.name for word in search_words(around.format("Omar Reyes"), 5)] == ["omar", "reyes"]
    assert [word.whole_address for word in search_words(around.format("Omar@example.com"), 5)] == ["omar@example.com"]
    assert normal_pin(around.format("k7mp-4tqx")) == "K7MP4TQX"
    assert hash_token(around.format("made-up_token")) == hash_token("made-up_token")


@pytest.mark.parametrize("name", ["علی\u200cرضا", "ക്\u200dഷ", "അവന്\u200d", "👩\u200d⚕️"], ids=ascii)
def test_joiners_that_belong_to_a_name_stay(name: str) -> None:
    assert clean_line(name) == name


@pytest.mark.parametrize("name", ["\U00031350太郎", "Ana \U0001fae8", "\U0001fae8", "\u0378"], ids=ascii)
def test_characters_newer_than_our_tables_are_taken(name: str) -> None:
    assert clean_line(name) == name


@pytest.mark.parametrize("nothing", ["\u200b", "\u00a0\ufeff", "\u202a\u202c"], ids=ascii)
def test_only_invisible_characters_count_as_nothing(nothing: str) -> None:
    with pytest.raises(UnusableText, match="^NEEDED$"):
        clean_line(nothing)


NOT_ADDRESSES = [
    "",
    " ",
    "omar",
    "@example.com",
    "omar@",
    "omar@.",
    "omar@example",
    "omar@example..com",
    "omar@-example.com",
    "omar@exam ple.com",
    "omar reyes@example.com",
    "a@b@example.com",
    '"omar reyes"@example.com',
    "omar@[127.0.0.1]",
    "omar@example.com\x00",
    "om\x00ar@example.com",
    "omar@example.com\r\nBcc: eve@example.com",
    "omar\n@example.com",
    "\ud800@example.com",
    "omar@\udfff.com",
    "\u202eomar@example.com",
    "omar@\u202eexample.com",
    "om\u200bar@example.com",
    "Omar <omar@example.com>",
    "omar@example.com, eve@example.com",
    "\ufb03" * 100 + "@example.com",
    "omar@" + "a" * 64 + ".com",
    "omar@" + "a.example" * 60,
    "a" * 1_000_000 + "@example.com",
]


@pytest.mark.parametrize("typed", NOT_ADDRESSES, ids=lambda typed: ascii(typed)[:40])
def test_what_can_not_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not an email address"):
        normal_email(typed)
    with pytest.raises(ValueError, match="^(NO_EMAIL_ADDRESS|NEEDED|TOO_LONG|NOT_ONE_LINE)$"):
        clean_email(typed)


@pytest.mark.campaign
@given(st.text(max_size=80) | st.emails() | st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20)))
def test_normal_form_is_stable_and_plain(typed: str) -> None:
    try:
        normal = normal_email(typed)
    except ValueError:
        return
    assert normal_email(normal) == normal
    assert len(normal) <= 300
    local, _, domain = normal.rpartition("@")
    assert local
    assert domain.isascii()
    assert domain == domain.lower()
    assert not domain.endswith(".")
    assert "\x00" not in normal
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zs") for character in normal)


@pytest.mark.campaign
@given(st.emails())
def test_letter_case_makes_no_second_address(address: str) -> None:
    try:
        normal = normal_email(address)
    except ValueError:
        return
    assert normal_email(address.upper()) == normal
    assert normal_email(address.swapcase() + ".") == normal


def test_address_is_kept_as_typed() -> None:
    assert clean_email(" Omar.Reyes@Bücher.example ") == "Omar.Reyes@Bücher.example"


@pytest.mark.parametrize(
    ("typed", "sent_to"),
    [
        ("Omar.Reyes@Example.com", "Omar.Reyes@example.com"),
        ("ｏｍａｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "omar@example.com"),
        ("omar@example.com.", "omar@example.com"),
        ("Omar@BÜCHER.example", "Omar@xn--bcher-kva.example"),
    ],
)
def test_letters_go_to_a_form_that_mail_servers_take(typed: str, sent_to: str) -> None:
    assert deliverable_email(typed) == sent_to


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Zoë  Núñez ", "zoe nunez"),
        ("Zoe\u0308 Nu\u0301n\u0303ez", "zoe nunez"),
        ("STRAUSS", "strauss"),
        ("Strauß", "strauss"),
        ("Ａｎｎａ", "anna"),
        ("O'Hara-Smith", "o'hara-smith"),
        ("\tAnna\u00a0Lee\n", "anna lee"),
        ("Ålesund", "alesund"),
        ("Ödön", "odon"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Иванов", "иванов"),
        ("", ""),
        ("\u0301", ""),
    ],
)
def test_search_key_forgets_case_accents_and_space(text: str, key: str) -> None:
    assert search_key(text) == key


@pytest.mark.campaign
@given(st.text(max_size=60))
def test_search_key_is_stable_and_single_spaced(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key
    assert key == key.strip()
    assert "  " not in key


@pytest.mark.parametrize(
    "text",
    [
        "Omar\x00",
        "Omar\nReyes",
        "Omar\r\nBcc: eve@example.com",
        "Omar\tReyes",
        "Omar\x7f",
        "Omar\x85Reyes",
        "Omar\u2028Reyes",
        "Omar\u2029Reyes",
        "Omar\ud800",
        "Omar\u202eseyeR",
        "\u202eOmar",
        "Omar\u2066Reyes\u2069",
        "Omar \u202aReyes\u202c Diaz",
        "Omar\ufdd0",
        "Omar\uffff",
        "Omar\U0001fffe",
    ],
    ids=ascii,
)
def test_line_refuses_what_breaks_or_fools(text: str) -> None:
    with pytest.raises(ValueError, match="^NOT_ONE_LINE$"):
        clean_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?ceo=40bank=2Eco=2C?=",
        "Willow =?utf-8?b?Y2VvQGJhbmsuY28s?= Creek",
        "=? utf-8 ?q? a ?=",
        '"=?utf-8?q?a?="',
        "=?utf-8?q??=@example.com",
    ],
)
def test_line_refuses_encoded_words(text: str) -> None:
    with pytest.raises(ValueError, match="^ENCODED_WORD$"):
        clean_line(text)


@pytest.mark.parametrize("text", ["1 + 1 =? 2", "Is it so?= No", "Why? = Because?", "a=b?c=d"])
def test_line_takes_signs_that_are_no_encoded_word(text: str) -> None:
    assert clean_line(text) == text


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "\u200b", "\u200b\u2060\ufeff", "\u0301"], ids=ascii)
def test_line_that_shows_nothing_is_missing(text: str) -> None:
    with pytest.raises(ValueError, match="^NEEDED$"):
        clean_line(text)


def test_line_that_may_be_empty_may() -> None:
    assert clean_line("  ", required=False) == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Omar  ", "Omar"),
        ("Zoe\u0308", "Zoë"),
        ("<b>Omar</b> {{ 7*7 }} %s", "<b>Omar</b> {{ 7*7 }} %s"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("نور\u200cالدین", "نور\u200cالدین"),
        ("👩\u200d⚕\ufe0f Dr. Lee", "👩\u200d⚕\ufe0f Dr. Lee"),
        ("x" * 200, "x" * 200),
    ],
)
def test_line_keeps_what_people_are_called(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@pytest.mark.parametrize("length", [201, 800, 801, 1_000_000])
def test_line_has_an_end(length: int) -> None:
    with pytest.raises(UnusableText) as refusal:
        clean_line("x" * length)
    assert (refusal.value.problem, refusal.value.values) == (Problem.TOO_LONG, {"longest": 200})


@pytest.mark.campaign
@given(st.text(max_size=900))
def test_line_is_short_whole_and_stable(text: str) -> None:
    try:
        line = clean_line(text, required=False)
    except ValueError:
        return
    assert len(line) <= 200
    assert clean_line(line, required=False) == line
    assert unicodedata.is_normalized("NFC", line)
    assert not set(line) & set("\x00\r\n\t")
    line.encode("utf-8")


@pytest.mark.parametrize("read", [normal_email, clean_email, clean_line])
def test_hostile_megabyte_is_refused_at_once(read: object) -> None:
    assert callable(read)
    began = time.thread_time()
    with pytest.raises(ValueError, match="address|TOO_LONG"):
        read(HOSTILE_RUN)
    assert time.thread_time() - began < 0.5


def test_hostile_megabyte_is_searched_for_at_once() -> None:
    began = time.thread_time()
    assert len(search_key(HOSTILE_RUN)) < 1000
    assert time.thread_time() - began < 0.5


def test_all_problems_are_told_at_once() -> None:
    problems = Problems()
    assert problems.line("givenName", "") == ""
    assert problems.email("emails.0", "omar") == ""
    assert problems.line("familyName", "Reyes") == "Reyes"
    with pytest.raises(InvalidInput) as refusal:
        problems.raise_if_any()
    assert refusal.value.problems == (
        FieldProblem("givenName", Problem.NEEDED),
        FieldProblem("emails.0", Problem.NO_EMAIL_ADDRESS),
    )


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("omar@example.com", "o•••@example.com"),
        ("o@example.com", "o•••@example.com"),
        ("é@b.example", "é•••@b.example"),
    ],
)
def test_masked_address_shows_little(address: str, masked: str) -> None:
    assert masked_email(address) == masked
