"""What staff members and operators do about staff: one module for each journey."""

from clinic.staff.actions.choose_password import (
    accept_staff_invitation,
    change_staff_password,
    request_staff_password_reset,
    reset_staff_password,
)
from clinic.staff.actions.create import create_staff_member, resend_staff_invitation
from clinic.staff.actions.disable import disable_staff_member, enable_staff_member, end_staff_sessions
from clinic.staff.actions.first_administrator import create_first_administrator
from clinic.staff.actions.last_day import disable_whose_access_ended, set_staff_last_day
from clinic.staff.actions.lift_throttle import lift_staff_throttle
from clinic.staff.actions.permissions import set_staff_permissions
from clinic.staff.actions.recover import PrintedLink, print_password_link, recover_manager, staff_member_by_email
from clinic.staff.actions.reset_factors import FactorsReset, reset_factors_by_email, reset_staff_factors
from clinic.staff.actions.second_step import (
    complete_staff_sign_in,
    reauthenticate_staff,
)
from clinic.staff.actions.sign_in import StaffSignedIn, sign_in_staff

__all__ = [
    "FactorsReset",
    "PrintedLink",
    "StaffSignedIn",
    "accept_staff_invitation",
    "change_staff_password",
    "complete_staff_sign_in",
    "create_first_administrator",
    "create_staff_member",
    "disable_staff_member",
    "disable_whose_access_ended",
    "enable_staff_member",
    "end_staff_sessions",
    "lift_staff_throttle",
    "print_password_link",
    "reauthenticate_staff",
    "recover_manager",
    "request_staff_password_reset",
    "resend_staff_invitation",
    "reset_factors_by_email",
    "reset_staff_factors",
    "reset_staff_password",
    "set_staff_last_day",
    "set_staff_permissions",
    "sign_in_staff",
    "staff_member_by_email",
]
