"""Staff members and sessions."""
