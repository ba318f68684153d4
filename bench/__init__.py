"""What `make bench` runs: how fast the API is beside hand-written code, and that nothing is lost when it is killed."""
