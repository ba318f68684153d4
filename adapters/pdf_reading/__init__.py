"""Looking into strangers' PDFs: each look in a process of its own, which is thrown away after it."""
