"""The task of the single-use process: one operation on one file. It answers `ok` or the problem found."""

import json

from adapters.framing import unframe_parts
from adapters.subprocess_child import run_task

LOADED_BEFORE = (
    "adapters.pdf_reading.comparison",
    "adapters.pdf_reading.inspection",
    "adapters.pdf_reading.pages",
    # What Pillow loads for its first picture.
    *(f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Png", "Ppm")),
)
"""Loaded before the process is forked (`adapters.fork_server`). Where it is not, each task loads what it needs."""


def main() -> None:
    """Run the task named in the arguments and exit."""
    run_task(answer)


def answer(content: bytes, task: list[str]) -> tuple[str, bytes]:
    # Where the process is not forked, this is loaded after the limits are set, and only what the task needs.
    from clinic.values.pdf_check import PdfProblem, PdfRefused

    try:
        return "ok", _perform(content, *task)
    except PdfRefused as refused:
        return refused.problem.value, b""
    except (MemoryError, RecursionError):
        return PdfProblem.TOO_COMPLEX.value, b""


def _perform(content: bytes, task: str, *arguments: str) -> bytes:
    match task:
        case "inspect":
            from adapters.pdf_reading.inspection import count_valid_pages

            return str(count_valid_pages(content)).encode()
        case "compare":
            from adapters.pdf_reading.comparison import differing_pages

            return json.dumps(differing_pages(*unframe_parts(content))).encode()
        case "image":
            from adapters.pdf_reading.pages import image_of_page

            page, width = arguments
            return image_of_page(content, int(page), int(width))
    from adapters.pdf_reading.pages import texts_of_pages

    return json.dumps(texts_of_pages(content)).encode()
