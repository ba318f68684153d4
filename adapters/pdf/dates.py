"""The date in a PDF's own properties, which file managers, archives and screen readers tell."""

from datetime import UTC, date, datetime

from reportlab.pdfgen.canvas import Canvas


def set_date(canvas: Canvas, made: date | None) -> None:
    """Say when the file was made: an instant, or a day where the time is not told. None leaves ReportLab's fixed date.

    The canvas stays invariant, so the same content with the same date has the same bytes (ISO 32000-1, 7.9.4).
    """
    if made is None:
        return
    text = f"D:{made.astimezone(UTC):%Y%m%d%H%M%S}Z" if isinstance(made, datetime) else f"D:{made:%Y%m%d}"
    canvas.setDateFormatter(lambda *_: text)
