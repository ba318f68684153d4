"""Reads untrusted PDFs, each request in its own single-use process."""
