"""Reads records from CSV and FHIR files, for the command and for the staff screen: there is one reading of a file."""
