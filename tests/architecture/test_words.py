"""The words that people read, wherever there are some: one word for one idea, as people in the United States say it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "api" / "web" / "staff_screen"
PORTAL = ROOT / "patient_portal" / "locales" / "es" / "LC_MESSAGES" / "portal.po"
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SECTION = re.compile(r"^  (en|es): \{$", re.MULTILINE)


@cache
def words(language: str) -> tuple[str, ...]:
    """Every sentence of that language: portal, emails, printed sheet, certificate, icon and staff screen."""
    return (*_portal(language), *_tables(language), *_screen(language))


def _portal(language: str) -> Iterator[str]:
    with PORTAL.open("rb") as file:
        for message in read_po(file, locale="es"):
            if message.id:
                yield str(message.id if language == "en" else message.string)


def _tables(language: str) -> Iterator[str]:
    for path in sorted(ROOT.glob(f"clinic/*/wording/*{language}.toml")):
        yield from _leaves(tomllib.loads(path.read_text("utf-8")))


def _leaves(table: Any) -> Iterator[str]:
    if isinstance(table, str):
        yield table
        return
    for each in table.values() if isinstance(table, dict) else table:
        yield from _leaves(each)


def _screen(language: str) -> Iterator[str]:
    for path in sorted(SCRIPTS.glob("words*.js")):
        text = path.read_text("utf-8")
        if path.stem.endswith(("_en", "_es")):
            parts = [text] if path.stem.endswith(language) else []
        else:
            # One file with a section for each language.
            pieces = _SECTION.split(text)[1:]
            parts = [part for name, part in zip(pieces[::2], pieces[1::2], strict=True) if name == language]
        for part in parts:
            code = (line for line in part.splitlines() if not line.lstrip().startswith(("//", "*", "/*", "import ")))
            yield from _STRING.findall("\n".join(code))


@dataclass(frozen=True)
class Rule:
    """Words that are not used. `like` is an example; `but` are the sentences that mean something else."""

    language: str
    pattern: str
    like: str
    but: str = "(?!)"

    def breaks(self, sentence: str) -> bool:
        return bool(re.search(self.pattern, re.sub(self.but, "", sentence), re.IGNORECASE))


RULES = {
    "email, not letter": Rule(
        "en", r"\bletters?\b", "We sent you a letter.", r"^Letter$|letter\.bounced|more letters|} letters"
    ),
    "correo, not carta": Rule("es", r"\bcartas?\b", "Le hemos enviado una carta.", r"^Carta$"),
    "one spelling of email": Rule("en", r"\be-mails?\b", "Check your e-mail."),
    "spam folder": Rule("en", r"\bjunk\b|unwanted mail", "Look among unwanted mail."),
    "has expired": Rule("en", r"\b(ran|runs?) out\b|\blapsed\b|is over\b", "This link ran out."),
    "PIN": Rule("en", r"(personal|secret) code", "It shows your personal code."),
    "PIN in Spanish": Rule("es", r"(código|clave) (personal|secret[oa])", "En ella está su código personal."),
    "decline": Rule(
        "en", r"\bsay no\b|refus(e[sd]?|al) to sign|turn(s|ed)? .*\bdown\b|reject", "Sign it there, or say no."
    ),
    "rechazar": Rule(
        "es",
        r"decir que no|\bquerido firmar|\b(se )?nieg|negarse|declin[aoeó]",
        "Puede firmarlo, o decir que no.",
        r"\w+\.declined",
    ),
    "American spelling": Rule(
        "en",
        r"(col|fav|behavi|neighb)our|\bcentre|\blicence|cancell(ed|ing)\b|(label|travel)led|analys(e|ing)"
        r"|(author|custom|emphas|final|minim|organ|real|recogn|summar)is(e[ds]?|ing|ation)\b",
        "Authorised in colour.",
        r"\{colour\}|\w+\.cancelled",
    ),
    "terminó el tratamiento": Rule("es", r"\b(dad[oa]s?|dar|dio) de alta\b", "Fue dada de alta."),
    "expediente": Rule(
        "es",
        r"\b(registros?|fichas?|historial(es)? (clínico|médico)s?)\b",
        "Abrió su registro.",
        r"\{(count|rest)\} registros|todos los registros|a este registro|Otro registro tiene|^Registros vistos$",
    ),
    "consultorio": Rule("es", r"\b(la|una|esta) (clínica|práctica|consulta)\b", "Llame a la clínica."),
    "administrador de contraseñas": Rule("es", r"gestor(es)? de contraseñas", "Use un gestor de contraseñas."),
    "agregar": Rule("es", r"\bañad", "Añadir un documento."),
    "Spanish quotation marks": Rule("es", r"[\"«»‹›„]", "Elija «Documentos»."),
    "12-hour clock": Rule("en", r"\b(1[3-9]|2[0-3]):[0-5]\d\b", "Until 17:30."),
    "12-hour clock in Spanish": Rule("es", r"\b(1[3-9]|2[0-3]):[0-5]\d\b", "Hasta las 17:30."),
}
USED = {
    "en": ("Check your email", "spam folder", "has expired", "Edit details", "Sender shown in the email", "your PIN"),
    "es": (
        *("su expediente", "el consultorio", "administrador de contraseñas", "Agregar", "Anótelas", "“Documentos”"),
        *("Terminó el tratamiento", "su PIN", "Rechazar la firma"),
    ),
}


def test_every_place_with_words_is_read() -> None:
    assert len(words("en")) == len(words("es")) > 2_000


@pytest.mark.parametrize("name", RULES)
def test_words_keep_to_the_rule(name: str) -> None:
    rule = RULES[name]
    assert rule.breaks(rule.like)
    assert [sentence for sentence in words(rule.language) if rule.breaks(sentence)] == []


@pytest.mark.parametrize("language", USED)
def test_the_agreed_words_are_the_ones_in_use(language: str) -> None:
    everything = "\n".join(words(language))
    assert [wanted for wanted in USED[language] if wanted not in everything] == []
