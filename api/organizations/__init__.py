"""The organization and its facilities."""
