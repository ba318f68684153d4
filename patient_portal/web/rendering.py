"""Templates: one environment per language, autoescaped, strict about names that are not there."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from clinic.values import limits
from patient_portal.web.language import own_name, translations_of
from patient_portal.web.static_files import static_address

TEMPLATES = Path(__file__).parents[1] / "templates"


@cache
def environment(language: str) -> Environment:
    """The templates in a language. `{% trans %}` and `_()` escape what is put into a sentence."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        # What the i18n extension adds to an environment is not known to the type checker.
    )
    made.policies["ext.i18n.trimmed"] = True
    install = made.install_gettext_translations  # type: ignore[attr-defined]
    install(translations_of(language), newstyle=True)
    made.globals.update(language=language, limits=limits, own_name=own_name, static_address=static_address)
    made.filters.update(dialled=dialled)
    return made


def render(template: str, language: str, status: int = 200, **context: object) -> HTMLResponse:
    """Render a page. `Edge` adds the headers."""
    html = environment(language).get_template(template).render(**context)
    return HTMLResponse(html, status_code=status, headers={"Content-Language": language})


def dialled(phone: str) -> str:
    """A phone number as a telephone takes it: digits, and a plus in front if there was one. An extension
    ("ext. 12") is left for the person to say."""
    number = re.split(r"[^\W\d_]", phone, maxsplit=1)[0]
    digits = "".join(character for character in number if character.isascii() and character.isdigit())
    return f"+{digits}" if number.strip().startswith("+") else digits
