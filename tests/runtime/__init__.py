"""The program: its settings, commands, worker and demo."""
