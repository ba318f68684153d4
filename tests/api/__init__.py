"""Tests of the staff and mobile face."""
