"""What an operator's monitoring reads: metrics, their page, and whether the worker still turns."""
