"""What browsers load from the API: staff screen, portal icon, console. The files are served as written, never built."""
