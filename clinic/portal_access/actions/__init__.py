"""Actions about a person's portal access, such as inviting, registering and signing in. One module for each journey."""

from clinic.portal_access.actions.accept import accept_invitation
from clinic.portal_access.actions.change_email import keep_email, request_email_change
from clinic.portal_access.actions.change_password import change_password
from clinic.portal_access.actions.confirm_identity import confirm_identity
from clinic.portal_access.actions.connect import connect_with_pin
from clinic.portal_access.actions.disable import DisableReason, disable_account, enable_account
from clinic.portal_access.actions.fresh_link import request_fresh_invitation
from clinic.portal_access.actions.invite import invite_contact
from clinic.portal_access.actions.invite_many import InviteOutcome, invite_contacts
from clinic.portal_access.actions.language import set_language
from clinic.portal_access.actions.lift_throttle import lift_portal_throttle
from clinic.portal_access.actions.link import link_account
from clinic.portal_access.actions.print_instructions import print_instructions
from clinic.portal_access.actions.regenerate_pin import regenerate_pin
from clinic.portal_access.actions.resend import resend_invitation
from clinic.portal_access.actions.reset_password import request_password_reset, reset_password
from clinic.portal_access.actions.revoke import revoke_invitation
from clinic.portal_access.actions.self_register import register_account
from clinic.portal_access.actions.sign_in import SignedIn, sign_in_patient, sign_in_patient_at
from clinic.portal_access.actions.transfer import (
    approve_transfer,
    decline_transfer,
    request_transfer,
    withdraw_transfer,
)
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.actions.verify_email import confirm_email

__all__ = [
    "DisableReason",
    "InviteOutcome",
    "SignedIn",
    "accept_invitation",
    "approve_transfer",
    "change_password",
    "confirm_email",
    "confirm_identity",
    "connect_with_pin",
    "decline_transfer",
    "disable_account",
    "enable_account",
    "invite_contact",
    "invite_contacts",
    "keep_email",
    "lift_portal_throttle",
    "link_account",
    "print_instructions",
    "regenerate_pin",
    "register_account",
    "request_email_change",
    "request_fresh_invitation",
    "request_password_reset",
    "request_transfer",
    "resend_invitation",
    "reset_password",
    "revoke_invitation",
    "set_language",
    "sign_in_patient",
    "sign_in_patient_at",
    "unlink_account",
    "withdraw_transfer",
]
