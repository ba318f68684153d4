"""The house's rules that a program can check."""
