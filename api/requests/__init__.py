"""What a resolver knows of the request it answers: the caller, the batched reading, and the form of ids and pages."""
