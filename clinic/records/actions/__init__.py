"""Actions that change records, one module for each kind of record."""
