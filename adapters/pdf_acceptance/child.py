"""The task of the single-use process that accepts or refuses an upload. It answers `ok` or the problem found."""

from adapters.framing import frame_parts
from adapters.subprocess_child import run_task

# An upload is sealed and verified on trial.
LOADED_BEFORE = (
    "adapters.pdf_acceptance.acceptance",
    "adapters.sealing.page_merge",
    "adapters.sealing.second_opinion",
    "adapters.sealing.signing",
    "adapters.sealing.verifying",
)


def main() -> None:
    """Accept or refuse the file on standard input, and exit."""
    run_task(_answer)


def _answer(content: bytes, task: list[str]) -> tuple[str, bytes]:
    # Loaded after the limits are set, where the process is not forked.
    from adapters.pdf_acceptance.acceptance import accept
    from clinic.values.pdf_check import PdfProblem, PdfRefused

    try:
        accepted = accept(content)
    except PdfRefused as refused:
        return refused.problem.value, b""
    except (MemoryError, RecursionError):
        return PdfProblem.TOO_COMPLEX.value, b""
    # The copy is sent back only if it is another one.
    copy = accepted.content if accepted.flattened else b""
    return "ok", frame_parts([str(accepted.page_count).encode(), copy])
