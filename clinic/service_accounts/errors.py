"""Refusals about programs."""

from clinic.values.errors import ClinicError


class StaffUnknown(ClinicError):
    """No active staff member of the program's practice is the one whom it names."""
