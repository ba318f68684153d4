"""The task of the single-use process: one picture. It answers `ok` and three PNGs, or the problem found."""

from adapters.subprocess_child import run_task

LOADED_BEFORE = ("adapters.framing", "adapters.logos.drawing", "clinic.values.logo")


def main() -> None:
    """Redraw the picture on standard input and exit."""
    run_task(_answer)


def _answer(content: bytes, _task: list[str]) -> tuple[str, bytes]:
    # Loaded after the limits are set, where the process is not forked.
    from adapters.framing import frame_parts
    from adapters.logos.drawing import draw_logo
    from clinic.values.logo import LogoProblem, LogoRefused

    try:
        drawn = draw_logo(content)
    except LogoRefused as refused:
        return refused.problem.value, b""
    except MemoryError:
        return LogoProblem.TOO_MANY_PIXELS.value, b""
    return "ok", frame_parts([drawn.png, drawn.print_png, drawn.icon_png])
