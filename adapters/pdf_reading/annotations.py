"""Annotations of a page: form fields, notes and links."""

from collections.abc import Iterator

import pikepdf

# Annotation flags (ISO 32000-2 table 167): hidden everywhere, and hidden on the screen only.
_HIDDEN = 1 << 1
_NO_VIEW = 1 << 5
_MAX_DEPTH = 50


def annotations_of(page: pikepdf.Page) -> Iterator[pikepdf.Object]:
    """The page's annotations, without entries that are none."""
    found = page.obj.get("/Annots")
    if isinstance(found, pikepdf.Array):
        yield from (each for each in found if isinstance(each, pikepdf.Dictionary))


def flagged_as_seen(annotation: pikepdf.Object) -> bool:
    """Whether its flags let the screen show it."""
    flags = annotation.get("/F", 0)
    return isinstance(flags, int) and not flags & (_HIDDEN | _NO_VIEW)


def field_value(field: pikepdf.Object, key: str) -> object:
    """The value of a form field's key, which it may inherit; None if there is none."""
    for _ in range(_MAX_DEPTH):
        if key in field:
            return field[key]
        parent = field.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            break
        field = parent
    return None
