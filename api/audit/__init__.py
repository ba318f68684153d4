"""The audit, for those who may view it."""
