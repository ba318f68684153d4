"""What can stand in the way of managing staff."""

from clinic.values.errors import ClinicError


class LastManager(ClinicError):
    """Nobody would be left who is active and may manage staff (product §6)."""
