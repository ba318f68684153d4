"""Documents: adding, sharing, reading and signing them."""
