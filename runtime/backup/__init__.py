"""Backup and restore: the database and the files that it names, as one consistent set (docs/operations.md)."""
