"""Makes optional content (layers) static: what the screen shows stays for good, everything else goes.

ISO 32000-2 section 8.11. The visible state is that of pdfium, which renders the pages: the default configuration, then
what a layer says for viewing. Other programs differ there, and printing has states of its own; after this step nothing
is left to differ about. Whoever calls it compares the pages afterwards, so a mistake here refuses the file.
"""

from collections.abc import Iterator

import pikepdf
from pikepdf import ContentStreamInstruction, Name, Operator, Pdf

# Operators that put something on the page. Other operators set the state for what follows, so they stay.
_FILLS_AND_STROKES = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"})
_OTHER_PAINTING = frozenset({"sh", "Do", "INLINE IMAGE", "Tj", "TJ"})
_MAX_DEPTH = 32

Instruction = ContentStreamInstruction | pikepdf.ContentStreamInlineImage


def remove_layers(pdf: Pdf) -> None:
    """Remove hidden content from all pages, and every sign of layers from the file."""
    if "/OCProperties" not in pdf.Root and not any("/OC" in each for each in _dictionaries(pdf)):
        return
    states = _LayerStates(pdf)
    for page in pdf.pages:
        _clean_page(pdf, page, states)
    for found in _dictionaries(pdf):
        if isinstance(found, pikepdf.Stream) and _is_content(found):
            _clean_stream(pdf, found, states)
    for found in _dictionaries(pdf):
        if "/OC" in found:
            del found["/OC"]
    if "/OCProperties" in pdf.Root:
        del pdf.Root["/OCProperties"]


def is_hidden(found: pikepdf.Object, pdf: Pdf) -> bool:
    """Whether the annotation or image belongs to a layer that the screen does not show."""
    return "/OC" in found and not _LayerStates(pdf).visible(found["/OC"])


def _dictionaries(pdf: Pdf) -> Iterator[pikepdf.Object]:
    return (found for found in pdf.objects if isinstance(found, pikepdf.Dictionary | pikepdf.Stream))


def _is_content(stream: pikepdf.Stream) -> bool:
    return stream.get("/Subtype") == "/Form" or stream.get("/PatternType") == 1


class _LayerStates:
    """Which layers the screen shows when the file is opened."""

    def __init__(self, pdf: Pdf) -> None:
        properties = pdf.Root.get("/OCProperties", pikepdf.Dictionary())
        self._config = properties.get("/D", pikepdf.Dictionary())

    def visible(self, layer: pikepdf.Object | None, depth: int = 0) -> bool:
        """The state of a layer (OCG) or of a membership dictionary (OCMD)."""
        if not isinstance(layer, pikepdf.Dictionary) or depth > _MAX_DEPTH:
            return True
        if layer.get("/Type") != "/OCMD":
            return self._group_visible(layer)
        if isinstance(layer.get("/VE"), pikepdf.Array):
            return self._expression(layer["/VE"], depth + 1)
        listed = layer.get("/OCGs")
        groups = list(listed) if isinstance(listed, pikepdf.Array) else [listed]
        states = [self._group_visible(each) for each in groups if isinstance(each, pikepdf.Dictionary)]
        if not states:
            return True
        match str(layer.get("/P", "/AnyOn")):
            case "/AllOn":
                return all(states)
            case "/AnyOff":
                return not all(states)
            case "/AllOff":
                return not any(states)
        return any(states)

    def _expression(self, expression: pikepdf.Object, depth: int) -> bool:
        """A visibility expression: an operator, followed by layers or further expressions."""
        if depth > _MAX_DEPTH or not isinstance(expression, pikepdf.Array) or not len(expression):
            return True
        operator, *operands = list(expression)
        states = [
            self._expression(each, depth + 1) if isinstance(each, pikepdf.Array) else self.visible(each, depth + 1)
            for each in operands
        ]
        match str(operator):
            case "/Not":
                return not (states and states[0])
            case "/And":
                return all(states)
        return any(states)

    def _group_visible(self, group: pikepdf.Object) -> bool:
        usage = group.get("/Usage")
        view = usage.get("/View") if isinstance(usage, pikepdf.Dictionary) else None
        if isinstance(view, pikepdf.Dictionary) and "/ViewState" in view:
            return str(view["/ViewState"]) != "/OFF"
        state = str(self._config.get("/BaseState", "/ON")) != "/OFF"
        if self._lists("/ON", group):
            state = True
        if self._lists("/OFF", group):
            state = False
        return state

    def _lists(self, key: str, group: pikepdf.Object) -> bool:
        listed = self._config.get(key)
        return isinstance(listed, pikepdf.Array) and any(
            isinstance(each, pikepdf.Dictionary) and each.objgen == group.objgen for each in listed
        )


def _clean_page(pdf: Pdf, page: pikepdf.Page, states: _LayerStates) -> None:
    content = page.obj.get("/Contents")
    if content is None:
        return
    streams = list(content) if isinstance(content, pikepdf.Array) else [content]
    resources = page.obj.get("/Resources") or _inherited_resources(page.obj)
    # A section may begin in one stream and end in the next, so they are read as one.
    whole = b"\n".join(each.read_bytes() for each in streams if isinstance(each, pikepdf.Stream))
    if _mentions_layers(whole, resources):
        page.obj["/Contents"] = pdf.make_stream(_cleaned(pdf, whole, resources, states))


def _inherited_resources(node: pikepdf.Object) -> pikepdf.Object:
    for _ in range(_MAX_DEPTH):
        if "/Resources" in node:
            return node["/Resources"]
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return pikepdf.Dictionary()


def _clean_stream(pdf: Pdf, stream: pikepdf.Stream, states: _LayerStates) -> None:
    resources = stream.get("/Resources", pikepdf.Dictionary())
    content = stream.read_bytes()
    if _mentions_layers(content, resources):
        stream.write(_cleaned(pdf, content, resources, states))


def _mentions_layers(content: bytes, resources: pikepdf.Object) -> bool:
    xobjects = resources.get("/XObject", pikepdf.Dictionary())
    return b"/OC" in content or any("/OC" in each for _, each in xobjects.items())


def _cleaned(pdf: Pdf, content: bytes, resources: pikepdf.Object, states: _LayerStates) -> bytes:
    """The content without hidden parts and without the marks of layers."""
    kept: list[Instruction] = []
    # For each open marked-content section: whether it is a layer, and whether it hides.
    sections: list[tuple[bool, bool]] = []
    for each in pikepdf.parse_content_stream(pdf.make_stream(content)):
        operator = str(each.operator)
        if operator in ("BDC", "BMC"):
            is_layer = operator == "BDC" and str(each.operands[0]) == "/OC"
            hides = is_layer and not states.visible(_properties(each.operands[1], resources))
            sections.append((is_layer, hides))
            if is_layer:
                continue
        elif operator == "EMC" and sections:
            is_layer, _ = sections.pop()
            if is_layer:
                continue
        elif operator == "Do" and _is_hidden_xobject(each, resources, states):
            continue
        elif any(hides for _, hides in sections):
            kept += _without_paint(each, operator)
            continue
        kept.append(each)
    return pikepdf.unparse_content_stream(kept)


def _properties(operand: object, resources: pikepdf.Object) -> pikepdf.Object | None:
    """The layer that a section names, or that stands in the content itself."""
    if isinstance(operand, Name):
        return resources.get("/Properties", pikepdf.Dictionary()).get(str(operand))
    return operand if isinstance(operand, pikepdf.Dictionary) else None


def _is_hidden_xobject(instruction: Instruction, resources: pikepdf.Object, states: _LayerStates) -> bool:
    found = resources.get("/XObject", pikepdf.Dictionary()).get(str(instruction.operands[0]))
    return found is not None and "/OC" in found and not states.visible(found["/OC"])


def _without_paint(instruction: Instruction, operator: str) -> list[Instruction]:
    """What is left of an instruction in a hidden section: its effect on the state."""
    if operator in _FILLS_AND_STROKES:
        # The path ends, and may still clip.
        return [ContentStreamInstruction([], Operator("n"))]
    if operator in _OTHER_PAINTING:
        return []
    if operator == "'":
        return [ContentStreamInstruction([], Operator("T*"))]
    if operator == '"':
        words, letters, _ = instruction.operands
        return [
            ContentStreamInstruction([words], Operator("Tw")),
            ContentStreamInstruction([letters], Operator("Tc")),
            ContentStreamInstruction([], Operator("T*")),
        ]
    return [instruction]
