"""A QR code drawn as one path, with its quiet zone."""

import segno
from reportlab.pdfgen.canvas import Canvas
from segno.encoder import DataOverflowError

QUIET_ZONE = 4
"""The white margin around the code in modules (ISO/IEC 18004)."""

SIDE = 112.0
MIN_MODULE = 1.35
"""Points; about half a millimetre, which a phone can scan at arm's length."""


class QrCode:
    """A QR code for one address. `side` is its printed width in points, including the quiet zone."""

    def __init__(self, target: str) -> None:
        self._rows = tuple(segno.make_qr(target, error="m").matrix)
        self._modules = len(self._rows) + 2 * QUIET_ZONE
        self.side = max(SIDE, self._modules * MIN_MODULE)

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draw it in black. `left` and `top` are the upper left corner of the quiet zone."""
        module = self.side / self._modules
        path = canvas.beginPath()
        for row, cells in enumerate(self._rows):
            y = top - (QUIET_ZONE + row + 1) * module
            for start, length in _runs(cells):
                path.rect(left + (QUIET_ZONE + start) * module, y, length * module, module)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawPath(path, stroke=0, fill=1)


def qr_code(target: str) -> QrCode | None:
    """The code, or None if the address is too long for any QR code."""
    try:
        return QrCode(target)
    except DataOverflowError:
        return None


def _runs(cells: bytearray) -> list[tuple[int, int]]:
    """(start, length) of each run of dark cells in a row."""
    runs: list[tuple[int, int]] = []
    start = None
    for column, dark in enumerate([*cells, 0]):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            runs.append((start, column - start))
            start = None
    return runs
