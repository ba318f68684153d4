"""A QR code drawn as one path, with its quiet zone."""

import segno
from segno.encoder import DataOverflowError

from adapters.pdf.tagging import TaggedCanvas, picture

QUIET_ZONE = 4
"""The white margin around the code in modules (ISO/IEC 18004)."""

SIDE = 112.0
MIN_MODULE = 1.35
"""Points; about half a millimetre, which a phone can scan at arm's length."""

INSTEAD = {"en": "QR code for {address}", "es": "Código QR de {address}"}


class QrCode:
    """A QR code for one address. `side` is its printed width in points, including the quiet zone."""

    def __init__(self, target: str, language: str) -> None:
        self._instead = INSTEAD.get(language.partition("-")[0], INSTEAD["en"]).format(address=target)
        self._rows = tuple(segno.make_qr(target, error="m").matrix)
        self._modules = len(self._rows) + 2 * QUIET_ZONE
        self.side = max(SIDE, self._modules * MIN_MODULE)

    def draw(self, canvas: TaggedCanvas, left: float, top: float) -> None:
        """Draw it in black. `left` and `top` are the upper left corner of the quiet zone."""
        module = self.side / self._modules
        path = canvas.beginPath()
        for row, cells in enumerate(self._rows):
            y = top - (QUIET_ZONE + row + 1) * module
            for start, length in _runs(cells):
                path.rect(left + (QUIET_ZONE + start) * module, y, length * module, module)
        with canvas.marked(picture(self._instead)):
            canvas.setFillColorRGB(0, 0, 0)
            canvas.drawPath(path, stroke=0, fill=1)


def qr_code(target: str, language: str) -> QrCode | None:
    """The code, or None if the address is too long for any QR code. `language` is that of the words instead of it."""
    try:
        return QrCode(target, language)
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
