"""Tests of GraphQL over HTTP, on a small schema of their own."""
