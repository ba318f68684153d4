"""The attacks of docs/security.md, tried across the whole product."""
