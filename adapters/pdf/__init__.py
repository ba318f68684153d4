"""Draws PDF pages from content that the core has worded."""

from adapters.pdf.renderer import ReportlabRenderer

__all__ = ["ReportlabRenderer"]
