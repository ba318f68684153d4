"""Drawing on paper what the core has worded."""

from adapters.pdf.instruction_sheet import ReportlabRenderer

__all__ = ["ReportlabRenderer"]
