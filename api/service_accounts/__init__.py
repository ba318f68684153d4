"""Programs' accounts in the schema."""
