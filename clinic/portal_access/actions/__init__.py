"""Opening the portal to a person: inviting, accepting, signing in, printing. One module per journey."""

from clinic.portal_access.actions.accept import accept_invitation
from clinic.portal_access.actions.fresh_link import request_fresh_invitation
from clinic.portal_access.actions.invite import invite_contact
from clinic.portal_access.actions.print_instructions import print_instructions
from clinic.portal_access.actions.sign_in import SignedIn, sign_in_patient, sign_in_patient_at

__all__ = [
    "SignedIn",
    "accept_invitation",
    "invite_contact",
    "print_instructions",
    "request_fresh_invitation",
    "sign_in_patient",
    "sign_in_patient_at",
]
