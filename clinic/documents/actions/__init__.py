"""Actions that change documents, one module for each journey."""
