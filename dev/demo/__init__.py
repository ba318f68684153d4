"""`vestibule demo`: the whole product on one machine, with made-up people."""
