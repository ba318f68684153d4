"""What reads in the throw-away process: one look at one file. It answers `ok` or the problem found."""

import json

from adapters.subprocess_child import answer_with


def main() -> None:
    """Do the task named in the arguments and exit."""
    answer_with(_answer)


def _answer(content: bytes, task: list[str]) -> tuple[str, bytes]:
    # Imported here, within the limits, and only what the task needs.
    from clinic.values.pdf_check import PdfProblem, PdfRefused

    try:
        return "ok", _done(content, *task)
    except PdfRefused as refused:
        return refused.problem.value, b""
    except (MemoryError, RecursionError):
        return PdfProblem.TOO_COMPLEX.value, b""


def _done(content: bytes, task: str, *arguments: str) -> bytes:
    if task == "inspect":
        from adapters.pdf_reading.inspection import count_sound_pages

        return str(count_sound_pages(content)).encode()
    from adapters.pdf_reading.pages import image_of_page, texts_of_pages

    if task == "image":
        page, width = arguments
        return image_of_page(content, int(page), int(width))
    return json.dumps(texts_of_pages(content)).encode()
