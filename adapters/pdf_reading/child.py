"""What runs in the throw-away process: limits first, then the file from standard input, then one answer.

The answer is a line with `ok` or the problem, and behind `ok` what was asked for. Dying without an answer is an answer.
"""

import json
import os
import resource
import sys

MEMORY = 1_500_000_000
"""Bytes of address space. A page of a hundred megapixels fits; what takes more is meant to."""

PROCESSOR_SECONDS = 30
"""Above every time limit of the parent: should the parent die, this process ends by itself."""


def main() -> None:
    """Do the task named in the arguments and exit."""
    answer_to = _confine()
    content = sys.stdin.buffer.read()
    verdict, answer = _answer(content, sys.argv[2:])
    with os.fdopen(answer_to, "wb") as out:
        out.write(verdict.encode() + b"\n" + answer)
        out.flush()
    # Nothing is left to tidy up, and a library's tidying may crash on a hostile file.
    os._exit(0)


def _confine() -> int:
    """Take away what reading needs not: memory, time, files, the right of way. Gives where the answer goes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.nice(10)
    # What a library prints must not get into the answer.
    answer_to = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answer_to


def _answer(content: bytes, task: list[str]) -> tuple[str, bytes]:
    # Imported here, within the limits, and only what the task needs.
    from clinic.documents.soundness import PdfProblem, PdfRefused

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
