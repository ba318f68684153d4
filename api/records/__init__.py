"""Contacts, relationships, episodes and appointments: what is read and changed of them."""
