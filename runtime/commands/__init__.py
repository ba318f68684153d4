"""The program's commands, which `runtime.cli` lists."""
