"""The sheets of paper that our PDFs are made for."""

from enum import StrEnum


class PaperSize(StrEnum):
    A4 = "a4"
    LETTER = "letter"
