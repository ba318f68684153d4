"""Decides whether an upload may become a document: reads it, makes it static, and tries to seal it."""
