"""What can stand in the way of an organization's settings."""

from clinic.values.errors import ClinicError
from clinic.values.logo import LogoProblem


class LogoNotUsable(ClinicError):
    """The file sent can't become a logo; `problem` says why."""

    def __init__(self, problem: LogoProblem) -> None:
        self.problem = problem
