"""What changes documents: one file for each journey."""
