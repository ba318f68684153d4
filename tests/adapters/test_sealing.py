"""The seal: what a sealed file holds, which keys make it, whose seals count, and how failing is told."""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from adapters.sealing import PyhankoSealer, SigningKeyFile, TrustStore
from adapters.sealing.key import SigningKey, certificates_in, issue
from adapters.sealing.signature_field import find_seal_field
from clinic.values.ports import SealUnavailable
from clinic.values.seal_report import SealReport, Verdict
from tests.adapters.sealed_files import (
    SEALED_AT,
    YEAR,
    certificate_page,
    evidence,
    known_by,
    original,
    report_on,
    sealed_file,
    sealed_with,
    verdict_of,
)
from tests.clock import FixedClock
from tests.factories.keys import BEGAN, ENDS, bundle, kept, key_file, made_sealer, new_root
from tests.single_use import all_have_ended_since, single_use_processes, told


def words(pdf: bytes) -> list[str]:
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(pdf)]


async def test_sealed_file_is_authentic_and_says_who_sealed_it_when_on_what_evidence(clock: FixedClock) -> None:
    sealer = made_sealer(clock)
    made = await sealer.seal(original(), certificate_page(), evidence("Ana Santos", "Leo Park"))
    report = await sealer.verify(made.content)
    key = await sealer.probe()

    assert not made.timestamped
    assert report == SealReport(
        Verdict.AUTHENTIC,
        sealed_at=clock.now(),
        timestamped=False,
        sealed_by="CN=Test seal",
        fingerprint=key.fingerprint,
        evidence=evidence("Ana Santos", "Leo Park").decode(),
    )
    assert (key.subject, len(key.fingerprint), key.expires_at.tzinfo) == ("CN=Test seal", 64, UTC)


def test_it_holds_the_originals_pages_then_the_certificates_and_the_evidence() -> None:
    assert words(sealed_file()) == [*words(original()), *words(certificate_page())]
    with pikepdf.open(io.BytesIO(sealed_file())) as pdf:
        assert list(pdf.attachments) == ["evidence.json"]
        assert pdf.attachments["evidence.json"].get_file().read_bytes() == evidence()
        assert pdf.attachments["evidence.json"].get_file().mime_type == "application/json"


def test_it_is_a_certifying_pades_signature_over_p256_with_its_certificates() -> None:
    with pikepdf.open(io.BytesIO(sealed_file())) as pdf:
        signature = pdf.Root.Perms.DocMDP
        [reference] = signature.Reference
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert (str(reference.TransformMethod), int(reference.TransformParams.P)) == ("/DocMDP", 1)
    signed = cms.ContentInfo.load(find_seal_field(sealed_file()).encoded)["content"]
    [info] = signed["signer_infos"]
    certificates = [each.chosen.untag().dump() for each in signed["certificates"]]

    assert info["signature_algorithm"]["algorithm"].native == "sha256_ecdsa"
    assert [each["type"].native for each in info["signed_attrs"]] == [
        "content_type",
        "message_digest",
        "signing_certificate_v2",
    ]
    assert sorted(certificates) == sorted(key_file().read().certificates)
    assert len(certificates) == 2


async def test_original_keeps_its_form_its_language_and_its_title() -> None:
    with pikepdf.open(io.BytesIO(original())) as pdf:
        pdf.Root.Lang = pikepdf.String("es")
        pdf.docinfo["/Title"] = "Consentimiento"
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Seal", Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget)
        field.Rect = pikepdf.Array([0, 0, 0, 0])
        field = pdf.make_indirect(field)
        pdf.pages[0].Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        target = io.BytesIO()
        pdf.save(target)
    made = await made_sealer().seal(target.getvalue(), certificate_page(), evidence())

    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        assert str(pdf.Root.Lang) == "es"
        assert str(pdf.docinfo["/Title"]) == "Consentimiento"
        assert len(pdf.Root.AcroForm.Fields) == 2
    assert (await made_sealer().verify(made.content)).verdict is Verdict.AUTHENTIC


@pytest.mark.parametrize(
    "attached",
    [b"", b"{}", b"[]", b'{"signatures": []}', b"\xff", evidence().replace(b"Ana Santos", b"Ann Santos", 1)],
    ids=["nothing", "empty", "a list", "nobody", "no text", "changed"],
)
async def test_evidence_that_does_not_hold_together_is_not_sealed(attached: bytes) -> None:
    with pytest.raises(SealUnavailable, match="the evidence does not hold together"):
        await made_sealer().seal(original(), certificate_page(), attached)


@pytest.mark.parametrize("content", [b"", b"no pdf", original()[:300]], ids=["nothing", "text", "half"])
async def test_what_is_no_pdf_is_not_sealed(content: bytes) -> None:
    with pytest.raises(SealUnavailable, match="the document's pages can't be put together"):
        await made_sealer().seal(content, certificate_page(), evidence())


def p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def ending(began: datetime, ends: datetime) -> SigningKeyFile:
    key = p256()
    return kept(bundle(key, issue("Seal", key, began, ends, issuer=new_root("Root"))))


def on_another_curve() -> SigningKeyFile:
    key = ec.generate_private_key(ec.SECP384R1())
    return kept(bundle(key, issue("Seal", key, BEGAN, ENDS, issuer=new_root("Root"))))


def of_another_kind() -> SigningKeyFile:
    key = rsa.generate_private_key(65537, 2048)
    return kept(bundle(key, issue("Seal", key, BEGAN, ENDS, issuer=new_root("Root"))))  # type: ignore[arg-type]


def for_authorities_only() -> SigningKeyFile:
    root, key = new_root("Root")
    return kept(bundle(key, root))


def locked(password: str) -> SigningKeyFile:
    key = p256()
    return kept(bundle(key, issue("Seal", key, BEGAN, ENDS, issuer=new_root("Root")), password="right"), password)


UNUSABLE: dict[str, tuple[Callable[[], SigningKeyFile], str]] = {
    "none": (lambda: SigningKeyFile(None), "set VESTIBULE_SIGNING_PKCS12"),
    "missing": (lambda: SigningKeyFile(Path("/nowhere/signing.p12")), "can't be read .No such file"),
    "garbage": (lambda: kept(b"garbage"), "is no PKCS#12 file"),
    "wrong password": (lambda: locked("wrong"), "VESTIBULE_SIGNING_PASSWORD is not its password"),
    "no password": (lambda: locked(""), "VESTIBULE_SIGNING_PASSWORD is not its password"),
    "expired": (lambda: ending(BEGAN, BEGAN + YEAR), "ended on 2020-12-31: set VESTIBULE_SIGNING_PKCS12"),
    "not yet": (lambda: ending(ENDS, ENDS + YEAR), "not valid yet: look at this machine's clock"),
    "other curve": (on_another_curve, "P-256"),
    "other kind": (of_another_kind, "P-256"),
    "other use": (for_authorities_only, "not for signatures"),
}


@pytest.mark.parametrize("what", UNUSABLE)
async def test_without_a_usable_key_nothing_is_sealed_and_the_remedy_is_named(what: str) -> None:
    make, said = UNUSABLE[what]
    sealer = PyhankoSealer(make())

    with pytest.raises(SealUnavailable, match=said):
        await sealer.probe()
    with pytest.raises(SealUnavailable, match=said) as refused:
        await sealer.seal(original(), certificate_page(), evidence())
    assert "right" not in str(refused.value)


def test_key_must_sign_a_byte_for_its_certificate() -> None:
    certificate = issue("Seal", p256(), BEGAN, ENDS, issuer=new_root("Root"))

    with pytest.raises(SealUnavailable, match="does not belong to its certificate"):
        SigningKey(p256(), certificate, ()).require_usable(SEALED_AT)


async def test_key_in_a_locked_file_seals_with_its_password() -> None:
    sealer = PyhankoSealer(locked("right"))
    made = await sealer.seal(original(), certificate_page(), evidence())

    assert (await sealer.verify(made.content)).verdict is Verdict.AUTHENTIC
    assert "right" not in repr(sealer._key)


async def test_key_put_in_the_old_ones_place_counts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    first, second = ending(BEGAN, ENDS), ending(BEGAN, ENDS)
    assert first.path
    assert second.path
    path.write_bytes(first.path.read_bytes())
    sealer = PyhankoSealer(SigningKeyFile(path))
    before = await sealer.probe()
    path.write_bytes(second.path.read_bytes())

    assert before.fingerprint != (await sealer.probe()).fingerprint


async def test_seal_outlives_its_keys_certificate() -> None:
    """It is judged as of the moment of sealing, which was a year before the certificate's end; that was years ago."""
    old = ending(BEGAN, BEGAN + 2 * YEAR)
    clock = FixedClock(BEGAN + YEAR)
    made = await PyhankoSealer(old, clock=clock).seal(original(), certificate_page(), evidence())
    report = await PyhankoSealer(SigningKeyFile(None), known_by(old)).verify(made.content)

    assert (report.verdict, report.sealed_at) == (Verdict.AUTHENTIC, BEGAN + YEAR)


async def test_several_generations_stay_authentic() -> None:
    generations = [ending(BEGAN, ENDS) for _ in range(3)]
    files = [sealed_with(each) for each in generations]
    knowing = PyhankoSealer(generations[-1], known_by(*generations[:-1]))

    assert [(await knowing.verify(file)).verdict for file in files] == [Verdict.AUTHENTIC] * 3
    forgetful = PyhankoSealer(generations[-1])
    assert (await forgetful.verify(files[0])).verdict is Verdict.UNRECOGNISED


async def test_an_authority_vouches_for_the_keys_it_certified() -> None:
    authority = key_file().read().authority_pem

    assert await verdict_of(sealed_file(), TrustStore(certificates_in(authority))) is Verdict.AUTHENTIC


async def test_chain_over_an_authority_between_is_followed() -> None:
    root, root_key = new_root("Root")
    middle_key, key = p256(), p256()
    middle = _between("Middle", middle_key, (root, root_key))
    signer = issue("Seal", key, BEGAN, ENDS, issuer=(middle, middle_key))
    file = kept(bundle(key, signer, [root, middle]))

    assert file.read().issuers == (middle, root)
    sealed = sealed_with(file)
    assert await verdict_of(sealed, TrustStore(certificates_in(file.read().authority_pem))) is Verdict.AUTHENTIC
    assert await verdict_of(sealed, known_by(file)) is Verdict.AUTHENTIC


def _between(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey]
) -> x509.Certificate:
    """An authority that another one certified."""
    from cryptography.hazmat.primitives import hashes

    own, (above, above_key) = issue(name, key, BEGAN, ENDS), issuer
    builder = (
        x509.CertificateBuilder()
        .subject_name(own.subject)
        .issuer_name(above.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGAN)
        .not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    for kind in (x509.KeyUsage, x509.SubjectKeyIdentifier):
        found = own.extensions.get_extension_for_class(kind)
        builder = builder.add_extension(found.value, found.critical)
    return builder.sign(above_key, hashes.SHA256())


async def test_seal_by_another_authority_is_unrecognised_whatever_it_calls_itself() -> None:
    root = new_root("Test authority")
    key = p256()
    namesake = kept(bundle(key, issue("Test seal", key, BEGAN, ENDS, issuer=root), [root[0]]))

    assert namesake.read().summary().subject == key_file().read().summary().subject
    assert await report_on(sealed_with(namesake)) == SealReport(Verdict.UNRECOGNISED)


async def test_nobody_known_makes_everything_sealed_unrecognised() -> None:
    assert await verdict_of(sealed_file(), TrustStore()) is Verdict.UNRECOGNISED


async def test_certificate_that_was_not_valid_at_the_moment_of_sealing_seals_nothing() -> None:
    late = ending(SEALED_AT + YEAR, ENDS)

    assert await verdict_of(sealed_with(late), known_by(late)) is not Verdict.AUTHENTIC


async def a_child_besides(before: set[int]) -> int:
    """The process id of one that has just begun."""
    while not (found := single_use_processes() - before):  # noqa: ASYNC110  the system tells of it in no other way
        await asyncio.sleep(0.005)
    return found.pop()


async def killed_while_sealing(sealer: PyhankoSealer) -> SealUnavailable:
    """What is said of it. On a busy machine the kill may come after the work, so it is tried several times."""
    for _ in range(20):
        before = single_use_processes()
        sealing = asyncio.create_task(sealer.seal(original(), certificate_page(), evidence()))
        with contextlib.suppress(ProcessLookupError):
            os.kill(await a_child_besides(before), signal.SIGKILL)
        try:
            await sealing
        except SealUnavailable as said:
            return said
    pytest.fail("no process could be killed while it sealed, or nobody noticed")


async def test_killed_process_is_told_and_the_next_seal_is_made() -> None:
    sealer = made_sealer()
    assert "the work failed" in str(await killed_while_sealing(sealer))
    made = await sealer.seal(original(), certificate_page(), evidence())
    assert (await sealer.verify(made.content)).verdict is Verdict.AUTHENTIC


async def test_sealing_that_takes_too_long_is_ended_and_told() -> None:
    before = single_use_processes()
    with pytest.raises(SealUnavailable, match="no answer within 0.01 s"):
        await PyhankoSealer(key_file(), seal_seconds=0.01).seal(original(), certificate_page(), evidence())
    await all_have_ended_since(before)


async def test_check_that_takes_too_long_recognises_nothing() -> None:
    hasty = PyhankoSealer(key_file(), verify_seconds=0.01)
    assert await hasty.verify(sealed_file()) == SealReport(Verdict.UNRECOGNISED)


async def test_the_loop_goes_on_and_the_key_is_in_no_list_of_processes() -> None:
    sealer, before = made_sealer(), single_use_processes()
    sealing = asyncio.create_task(sealer.seal(original(), certificate_page(), evidence()))
    seen, turns = b"", 0
    while not sealing.done():
        await asyncio.sleep(0.001)
        turns += 1
        for child in single_use_processes() - before:
            seen += told(child, "cmdline") + told(child, "environ")
    await sealing

    assert turns > 10
    assert b"adapters.sealing.child" in seen
    private = private_bytes_of(key_file().read())
    for secret in (private, private.hex().encode(), os.fsencode(str(key_file().path))):
        assert secret not in seen


def private_bytes_of(key: SigningKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def test_nothing_of_the_seals_libraries_is_imported_before_it_is_needed() -> None:
    """They take half a second, which the API's start and every command would pay."""
    code = (
        "import sys, runtime.wiring, runtime.cli; "
        "print([name for name in ('pyhanko', 'pyhanko_certvalidator', 'asn1crypto', 'pikepdf') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_password_and_key_are_not_shown_by_repr() -> None:
    file = replace(key_file(), password="kettle-41")
    assert "kettle-41" not in repr(file)
    assert "private" not in repr(key_file().read())


@pytest.mark.parametrize(
    ("file", "sealed_at"),
    [("sealed.pdf", SEALED_AT), ("timestamped.pdf", SEALED_AT + timedelta(seconds=7))],
)
async def test_what_release_0_1_sealed_stays_authentic(file: str, sealed_at: datetime) -> None:
    """These files were made once and are never made again: no release, of ours or of a library, may disown them."""
    folder = Path(__file__).with_name("sealed_by_0_1")
    known = TrustStore(
        certificates_in((folder / "authority.pem").read_bytes()),
        certificates_in((folder / "timestamp-authority.pem").read_bytes()),
    )
    report = await report_on((folder / file).read_bytes(), known)

    assert (report.verdict, report.sealed_at) == (Verdict.AUTHENTIC, sealed_at)
    assert (report.sealed_by, report.timestamped) == ("CN=Release 0.1 seal", file == "timestamped.pdf")
