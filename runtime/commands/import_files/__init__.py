"""Reads files of other systems and makes the records so (`vestibule import`, decision 0066)."""
