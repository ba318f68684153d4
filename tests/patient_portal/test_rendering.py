"""Sentences are put into a template once, when it is read: the page is the one that looking each of them up makes."""

from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined, meta

from patient_portal.web.language import spoken_languages, translations_of
from patient_portal.web.rendering import TEMPLATES, environment

SENTENCES = (
    '{{ _("Your documents") }}',
    '<a title="{{ _("Whose documents") }}">{{ _("All") ~ "&" }}</a>',
    '{{ _("About you") | upper | length }}',
    '{% if _("All") %}{{ _("100%% sure & <sound>") }}{% endif %}',
    "{% trans %}Just <b>100%</b> of it{% endtrans %}",
    "{% trans day=given %}Shared on {{ day }}{% endtrans %}",
    "{% trans name=given ~ '>' %}\n  About\n  {{ name }}{% endtrans %}",
    "{% trans number=many %}{{ number }} document{% pluralize %}{{ number }} documents{% endtrans %}",
    "{{ _(given) }}",
)


def _looked_up(language: str) -> Environment:
    """The same without what is tested."""
    plain = Environment(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    plain.policies["ext.i18n.trimmed"] = True
    plain.install_gettext_translations(translations_of(language), newstyle=True)  # type: ignore[attr-defined]
    return plain


@pytest.mark.parametrize("language", spoken_languages())
@pytest.mark.parametrize("source", SENTENCES)
def test_a_sentence_is_as_if_it_were_looked_up_on_the_page(source: str, language: str) -> None:
    values = {"given": "<Ada> & Söhne", "many": 3}
    made = environment(language).from_string(source).render(values)
    assert made == _looked_up(language).from_string(source).render(values)


def test_what_is_put_into_a_sentence_is_escaped() -> None:
    source = "{% trans day=given %}Shared on {{ day }}{% endtrans %}"
    assert environment("es").from_string(source).render(given="<b>") == "Compartido el &lt;b&gt;"


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_looks_a_sentence_up_on_the_page(template: Path) -> None:
    parsed = environment("en").parse(template.read_text())
    assert meta.find_undeclared_variables(parsed).isdisjoint({"_", "gettext"})
