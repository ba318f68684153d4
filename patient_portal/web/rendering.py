"""Templates: one environment per language, autoescaped, strict about names that are not there."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from starlette.responses import HTMLResponse

from clinic.values import limits
from patient_portal.web.language import own_name, translations_of
from patient_portal.web.static_files import static_address

TEMPLATES = Path(__file__).parents[1] / "templates"


class _Sentences(NodeTransformer):
    """Puts the sentences of a language into the parsed template, where they would be looked up on each page.

    What is put into a sentence is escaped as before, because the sentence is markup. Sentences that depend on a number
    (`ngettext`) are left to be chosen on the page.
    """

    def __init__(self, language: str, environment: Environment) -> None:
        self._environment = environment
        self._translations = translations_of(language)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named after the kind of node
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="_" | "gettext"),
                args=[nodes.Const(value=str(message))],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                text = self._translations.gettext(message)
                sentence: nodes.Expr = nodes.TemplateData(text)
                if node.kwargs or "%" in text:
                    named = [nodes.Pair(nodes.Const(each.key), each.value) for each in node.kwargs]
                    sentence = nodes.Mod(sentence, nodes.Dict(named))
                return sentence.set_lineno(node.lineno, override=True).set_environment(self._environment)
        return node


class _Environment(Environment):
    """`sentences` comes after the templates' extensions, which make calls of their `trans` blocks."""

    sentences: _Sentences

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = self.sentences.visit(super()._parse(source, name, filename))
        return parsed


@cache
def environment(language: str) -> Environment:
    """The templates in a language. `{% trans %}` and `_()` escape what is put into a sentence."""
    made = _Environment(
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
    made.sentences = _Sentences(language, made)
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
