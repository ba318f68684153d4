"""HTTP below the applications: which requests reach them, how large and how slow these may be."""
