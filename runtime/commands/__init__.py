"""What the program's commands do, by kind; `runtime.cli` joins them."""
