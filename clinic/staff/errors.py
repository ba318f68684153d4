"""What can stand in the way of managing staff."""

from clinic.values.errors import ClinicError, WrongCredentials


class LastManager(ClinicError):
    """Nobody would be left who is active and may manage staff (product §6)."""


class LastPassword(ClinicError):
    """Nobody would be left whose password signs in, where the practice has turned passwords off."""


class PasswordSignInOff(WrongCredentials):
    """The practice's staff sign in at its own provider and not by password. `organization` is its slug.

    It is told whatever was typed, so it tells nothing about a person.
    """

    def __init__(self, organization: str) -> None:
        self.organization = organization
