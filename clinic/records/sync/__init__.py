"""Makes contacts, relationships and appointments as another system says they are (decision 0066)."""
