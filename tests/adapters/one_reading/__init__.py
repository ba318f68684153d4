"""PDFs as common programs make them, and what of them a signer must see: `forms`, `notes`, `layers` and `others`."""
