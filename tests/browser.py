"""Which browser the journey tests drive: the one named by VESTIBULE_TEST_BROWSER, Playwright's own, or the machine's.

Chromium's headless shell, if there is one: a new window with a page takes a fifth of the processor time that the whole
Chromium needs for it.

As a program (`python -m tests.browser`) it fetches Playwright's own where there is none, or says what to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# How long a test waits for what must come, in milliseconds. How fast a page is, is not measured by waiting for it: a
# busy machine takes its time.
PATIENCE = 60_000
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY = (
    "No browser for the journey tests. Install one and try again:\n"
    "  Debian:         apt-get install chromium-headless-shell (or chromium, which is slower)\n"
    "  elsewhere:      .venv/bin/python -m playwright install chromium\n"
    "or name one: VESTIBULE_TEST_BROWSER=/path/to/chromium make test"
)


def browser_path() -> str | None:
    """The path of a Chromium to start, or None. Must not be called on a running event loop."""
    named = os.environ.get("VESTIBULE_TEST_BROWSER")
    if named:
        return named if Path(named).exists() else None
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if shell := _own_shell(own) or shutil.which(SHELL):
        return shell
    if own.exists():
        return str(own)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _own_shell(chromium: Path) -> str | None:
    """The headless shell that Playwright keeps beside its Chromium."""
    for folder in chromium.parents:
        name, dash, revision = folder.name.partition("-")
        if name == "chromium" and dash:
            beside = folder.with_name(f"chromium_headless_shell-{revision}")
            found = [*beside.glob("*/chrome-headless-shell"), *beside.glob("*/headless_shell")]
            return next(map(str, found), None)
    return None


def main() -> int:
    if browser_path() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if browser_path() is None:
        print(REMEDY, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
