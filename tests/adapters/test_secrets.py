"""The keyring: what a key may be, that its uses are apart, and that rotation keeps the old readable."""

import base64
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.secrets import KeyringSecrets, new_key

OLD = "b2xkIGtleSB3aXRoIHRoaXJ0eS10d28gYnl0ZXMgb2YgdGV4dA=="
SHORT = bytes(range(100, 131))
NEW = "bmV3IGtleSB3aXRoIHRoaXJ0eS10d28gYnl0ZXMgb2YgdGV4dA=="


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_decrypting_gives_back_what_was_encrypted(plaintext: str) -> None:
    keyring = KeyringSecrets([NEW])
    assert keyring.decrypt(keyring.encrypt(plaintext)) == plaintext


def test_encrypting_twice_differs() -> None:
    keyring = KeyringSecrets([NEW])
    assert keyring.encrypt("K7MP4TQX") != keyring.encrypt("K7MP4TQX")


def test_changed_or_foreign_ciphertext_is_refused() -> None:
    ciphertext = KeyringSecrets([OLD]).encrypt("K7MP4TQX")
    changed = ciphertext[:30] + ("A" if ciphertext[30] != "A" else "B") + ciphertext[31:]
    for text in (changed, "", "plain", "é", ciphertext[:-4]):
        with pytest.raises(ValueError, match="not encrypted|codec"):
            KeyringSecrets([OLD]).decrypt(text)
    with pytest.raises(ValueError, match="VESTIBULE_SECRET_KEYS"):
        KeyringSecrets([NEW]).decrypt(ciphertext)


def test_rotation_reads_the_old_and_writes_with_the_new() -> None:
    before, during, after = KeyringSecrets([OLD]), KeyringSecrets([NEW, OLD]), KeyringSecrets([NEW])
    assert during.decrypt(before.encrypt("old")) == "old"
    assert after.decrypt(during.encrypt("new")) == "new"
    with pytest.raises(ValueError, match="not encrypted"):
        before.decrypt(during.encrypt("new"))


def test_rotation_looks_fingerprints_up_under_every_key() -> None:
    before, during = KeyringSecrets([OLD]), KeyringSecrets([NEW, OLD])
    assert during.fingerprints("pin", "K7MP4TQX") == [
        KeyringSecrets([NEW]).fingerprint("pin", "K7MP4TQX"),
        before.fingerprint("pin", "K7MP4TQX"),
    ]
    assert during.fingerprint("pin", "K7MP4TQX") == during.fingerprints("pin", "K7MP4TQX")[0]


def test_tokens_are_stable_url_safe_and_256_bits() -> None:
    token = KeyringSecrets([NEW, OLD]).derive_token("invitation", "7")
    assert token == KeyringSecrets([NEW]).derive_token("invitation", "7")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


def test_purpose_subject_and_use_are_kept_apart() -> None:
    keyring = KeyringSecrets([NEW])
    tokens = {
        keyring.derive_token("a", "bc"),
        keyring.derive_token("ab", "c"),
        keyring.derive_token("", "abc"),
        keyring.derive_token("abc", ""),
        base64.urlsafe_b64encode(bytes.fromhex(keyring.fingerprint("a", "bc"))).rstrip(b"=").decode(),
        KeyringSecrets([OLD]).derive_token("a", "bc"),
    }
    assert len(tokens) == 6


def test_outputs_never_change_between_releases() -> None:
    """Stored fingerprints must be found again by every later version."""
    keyring = KeyringSecrets([NEW])
    assert keyring.fingerprint("pin", "K7MP4TQX") == "6b833d58df93edbffb71c2f2173bcafe3a27f200bad34a4da982a97880e24c6f"
    assert keyring.derive_token("invitation", "7") == "yr0u12yfF_5aWeYv5h_jFTH12OlWwfDiV_yVXpPBvLQ"


def test_key_may_be_hex_or_either_base64_with_or_without_padding() -> None:
    key = b"\xfb\xef\xbe" * 4 + bytes(range(20))
    spellings = [
        key.hex(),
        key.hex().upper(),
        base64.b64encode(key).decode(),
        base64.urlsafe_b64encode(key).decode(),
        base64.urlsafe_b64encode(key).decode().rstrip("="),
        f" {base64.b64encode(key).decode()}\n",
    ]
    prints = {KeyringSecrets([spelling]).fingerprint("pin", "1") for spelling in spellings}
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "has 0 bytes"),
        ("changeme", "has 6 bytes"),
        (SHORT.hex(), "has 31 bytes"),
        (SHORT.hex()[:-1], "neither base64 nor hex"),
        (base64.b64encode(SHORT).decode(), "has 31 bytes"),
        ("not base64 at all, but it is longer than thirty-two", "neither base64 nor hex"),
        ("ключ" * 20, "neither base64 nor hex"),
        ("00" * 32, "not random"),
        (base64.b64encode(b"k" * 32).decode(), "not random"),
    ],
)
def test_weak_key_is_refused_by_name_and_never_repeated(key: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        KeyringSecrets([NEW, key])
    assert str(caught.value).startswith("VESTIBULE_SECRET_KEYS: key 2 ")
    assert not key or key not in str(caught.value)


def test_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="VESTIBULE_SECRET_KEYS is empty"):
        KeyringSecrets([])


def test_new_keys_are_good_and_differ() -> None:
    keys = [new_key() for _ in range(3)]
    KeyringSecrets(keys)
    assert all(one != other for one, other in pairwise(keys))


def test_keys_stay_out_of_the_repr() -> None:
    keyring = KeyringSecrets([NEW])
    assert NEW not in repr(vars(keyring))
    assert "bytes of text" not in repr(vars(keyring))


def test_mac_belongs_to_its_purpose_text_and_key() -> None:
    keyring = KeyringSecrets([NEW])
    mac = keyring.mac("event", "text")
    assert re.fullmatch(r"[0-9a-f]{16}\.[0-9a-f]{64}", mac)
    assert keyring.is_mac("event", "text", mac)
    for purpose, text in (("evidence", "text"), ("event", "texts"), ("even", "ttext")):
        assert not keyring.is_mac(purpose, text, mac)
    key, _, digits = mac.partition(".")
    for wrong in ("", ".", key, digits, f"{key}.", f".{digits}", f"{key}.{digits}0", f"{key}.é", f"{key}.{'0' * 64}"):
        assert not keyring.is_mac("event", "text", wrong)
    assert not KeyringSecrets([OLD]).is_mac("event", "text", mac)


def test_mac_of_a_rotated_key_is_still_checked() -> None:
    before, during = KeyringSecrets([OLD]), KeyringSecrets([NEW, OLD])
    assert during.is_mac("event", "text", before.mac("event", "text"))
    assert not before.is_mac("event", "text", during.mac("event", "text"))
    assert during.has_key_of(before.mac("event", "text"))
    assert not before.has_key_of(during.mac("event", "text"))
    assert not during.has_key_of("")
    assert during.mac("event", "text") == KeyringSecrets([NEW]).mac("event", "text")
