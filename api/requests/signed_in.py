"""Who is signed in: the one place of this face that tells staff from patients. What each may see, the core decides."""

from clinic.values.callers import Caller, PatientCaller, StaffCaller


def staff_in(caller: Caller | None) -> StaffCaller | None:
    """The caller, if it is a staff member."""
    return caller if isinstance(caller, StaffCaller) else None


def patient_in(caller: Caller | None) -> PatientCaller | None:
    """The caller, if it is a patient."""
    return caller if isinstance(caller, PatientCaller) else None


def person_in(caller: Caller | None) -> StaffCaller | PatientCaller | None:
    """The caller, if it is a person who is signed in."""
    return staff_in(caller) or patient_in(caller)
