"""Accounts, invitations, links and sign-in of patients: what staff and patients do with them."""
