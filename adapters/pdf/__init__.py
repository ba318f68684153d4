"""Drawing on paper what the core has worded."""

from adapters.pdf.renderer import ReportlabRenderer

__all__ = ["ReportlabRenderer"]
