"""What the icon says in Spanish, sentence by sentence; and that both languages say the same."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from string import Formatter
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from clinic.portal_access.status import (
    AccountFacts,
    AddressFacts,
    InvitationFacts,
    LetterState,
    StatusFacts,
    Viewer,
    portal_status,
)
from clinic.portal_access.status_words import LANGUAGES, status_words

THIS, OTHER = uuid4(), uuid4()
MADE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def account(*, registered: bool = True, linked: UUID | None = None) -> AccountFacts:
    return AccountFacts(
        id=uuid4(),
        email="omar@example.com",
        email_normal="omar@example.com",
        created_at=MADE,
        registered_at=MADE if registered else None,
        email_verified_at=MADE if registered else None,
        linked_contact_id=linked,
    )


ENGLISH = Viewer(may_act=True, may_see_other_records=True, now=NOW, zone=ZoneInfo("America/Boise"))
SPANISH = replace(ENGLISH, language="es")
INVITATION = InvitationFacts(expires_at=NOW + timedelta(days=9))
BARE = AddressFacts("omar@example.com", "omar@example.com")
INVITED = StatusFacts((), account(registered=False, linked=THIS))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (StatusFacts(), "No hay ningún correo electrónico en el expediente."),
        (StatusFacts((BARE,)), "Todavía no hay cuenta del portal para omar@example.com."),
        (
            StatusFacts((BARE._replace(on_other_record=True),)),
            "Todavía no hay cuenta del portal para omar@example.com. Otro expediente tiene también esta dirección.",
        ),
        (
            StatusFacts((BARE._replace(account=account(linked=OTHER)),)),
            "La cuenta del portal de omar@example.com pertenece a otro expediente.",
        ),
        (
            StatusFacts((BARE._replace(account=account()),)),
            "Hay una cuenta del portal de omar@example.com que no está vinculada a ningún expediente.",
        ),
        (INVITED, "Con invitación en omar@example.com; la persona todavía no se registró."),
        (
            INVITED._replace(invitation=INVITATION),
            "Con invitación: el correo a omar@example.com espera su envío.",
        ),
        (
            INVITED._replace(invitation=INVITATION._replace(letter=LetterState.SENT, letter_at=NOW)),
            "Con invitación: el correo a omar@example.com se envió el 2 mar 2026. La persona todavía no se registró.",
        ),
        (
            INVITED._replace(
                invitation=INVITATION._replace(letter=LetterState.FAILED, letter_failure="550 no {such} box")
            ),
            "Con invitación, pero el correo a omar@example.com no llegó: 550 no {such} box",
        ),
        (
            INVITED._replace(invitation=INVITATION._replace(expires_at=NOW)),
            "La invitación a omar@example.com venció el 2 mar 2026. Envíe una nueva.",
        ),
        (
            StatusFacts((BARE,), account(linked=THIS)._replace(last_signed_in_at=NOW)),
            "La cuenta del portal omar@example.com está vinculada. La persona se registró el 1 mar 2026. "
            "Último inicio de sesión: 2 mar 2026.",
        ),
        (
            StatusFacts(
                (AddressFacts("new@example.com", "new@example.com"),),
                account(linked=THIS)._replace(disabled_at=NOW, disabled_reason="left us"),
            ),
            "La cuenta del portal omar@example.com está vinculada. La persona se registró el 1 mar 2026. "
            "El expediente tiene otra dirección. Desactivada: left us.",
        ),
        (
            StatusFacts((BARE._replace(account=account()._replace(disabled_at=NOW)),)),
            "Hay una cuenta del portal de omar@example.com que no está vinculada a ningún expediente. "
            "Desactivada: sin motivo indicado.",
        ),
    ],
)
def test_each_state_in_spanish(facts: StatusFacts, words: str) -> None:
    told, english = portal_status(facts, SPANISH), portal_status(facts, ENGLISH)
    assert told.summary == words
    assert told._replace(summary="", blocked_reason=None) == english._replace(summary="", blocked_reason=None)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (StatusFacts(), "No hay un correo electrónico al que invitar. Agregue uno a este contacto."),
        (
            StatusFacts((BARE._replace(account=account(linked=OTHER)),)),
            "Use otra dirección para este contacto. Si el titular de la cuenta es un familiar, dé acceso al portal a "
            "la relación. Si la cuenta es de este contacto, pida una transferencia; la revisa una segunda persona.",
        ),
        (
            StatusFacts((BARE,)),
            "Necesita el permiso WEB_PORTAL para hacer esto. Pídalo a quien administra al personal.",
        ),
    ],
)
def test_what_is_blocked_says_why_in_spanish(facts: StatusFacts, reason: str) -> None:
    assert portal_status(facts, replace(SPANISH, may_act=False)).blocked_reason == reason


def test_a_language_the_icon_does_not_speak_is_answered_in_english() -> None:
    assert portal_status(StatusFacts(), replace(ENGLISH, language="fr")).summary == "No email address on record."


def filled_in(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_with_the_same_facts(language: str) -> None:
    english, other = asdict(status_words("en")), asdict(status_words(language))
    assert len(set(other.pop("months"))) == len(english.pop("months")) == 12
    for name, sentence in other.items():
        assert sentence, name
        assert filled_in(sentence) == filled_in(english[name]), name
        assert "!" not in sentence
        assert (sentence == english[name]) == (language == "en"), name


def test_september_is_short_as_people_write_it_in_each_language() -> None:
    day, zone = datetime(2026, 9, 4, 3, 0, tzinfo=UTC), ZoneInfo("America/Boise")
    assert [status_words(language).day(day, zone) for language in LANGUAGES] == ["Sep 3, 2026", "3 sept 2026"]
