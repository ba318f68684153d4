"""The icon's parts become one file: each once, after what it needs, and never two names in one another's way."""

import pytest

from api.web.elements import joined_element
from api.web.elements.joining import NotJoinable, join_parts

SOUND = {
    "icon/main.js": (
        'import { draw } from "./parts/draw.js";\nimport { ask } from "../shared/ask.js";\n\n'
        "draw(ask());\n\nexport { draw };\n"
    ),
    "icon/parts/draw.js": (
        'import {\n  ask,\n} from "../../shared/ask.js";\n\n// Draws.\nexport function draw(x) {\n  return ask(x);\n}\n'
    ),
    "shared/ask.js": "/**\n * @param {string} x\n */\nexport const ask = (x) => x;\nconst inner = 1;\n",
}


def joined(**changed: str) -> str:
    """The sound parts joined, with other texts for those that are named."""
    names = {path.rpartition("/")[2].removesuffix(".js"): path for path in SOUND}
    parts = SOUND | {names[name]: text for name, text in changed.items()}
    return join_parts("icon/main.js", parts.__getitem__)


def test_each_part_stands_once_and_after_what_it_needs() -> None:
    assert joined() == (
        "const ask = (x) => x;\nconst inner = 1;\n\n"
        "// Draws.\nfunction draw(x) {\n  return ask(x);\n}\n\n"
        "draw(ask());\n\nexport { draw };\n"
    )


@pytest.mark.parametrize(
    ("part", "text", "why"),
    [
        (
            "ask",
            "export const ask = 1;\nfunction draw() {}\n",
            "draw is declared in shared/ask.js and in icon/parts/draw.js",
        ),
        ("ask", "export class ask {}\nasync function draw() {}\n", "draw is declared"),
        ("ask", 'import { draw } from "../icon/parts/draw.js";\nexport const ask = 1;\n', "A circle of imports"),
        ("ask", "const ask = 1;\n", "imports what shared/ask.js does not export: ask"),
        ("ask", "export default function ask() {}\n", "a form that can't be joined"),
        ("ask", 'export const ask = 1;\nexport * from "./other.js";\n', "a form that can't be joined"),
        ("ask", "const ask = 1;\nexport { ask };\n", "a form that can't be joined"),
        ("ask", 'export const ask = () => import("./other.js");\n', "a form that can't be joined"),
        ("ask", "export const ask = 1;\nconst { a, b } = ask;\n", "takes names apart"),
        (
            "draw",
            'import { ask as put } from "../../shared/ask.js";\nexport const draw = put;\n',
            "can't be joined|export",
        ),
        (
            "draw",
            'import * as all from "../../shared/ask.js";\nexport const draw = all;\n',
            "a form that can't be joined",
        ),
        ("draw", 'import "../../shared/ask.js";\nexport const draw = 1;\n', "a form that can't be joined"),
    ],
)
def test_what_can_not_be_joined_is_refused(part: str, text: str, why: str) -> None:
    with pytest.raises(NotJoinable, match=why):
        joined(**{part: text})


def test_the_element_joins_and_declares_its_client_once() -> None:
    text = joined_element()
    assert text.count("class PortalStatusElement extends HTMLElement") == 1
    assert text.count("async function ask(") == 1
    assert text.rstrip().endswith("export { apply, configure, refresh };")
