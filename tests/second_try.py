"""Whether tests that failed in `make check` failed by chance: they are run once more, alone (decision 0076).

Only tests that drive a browser or start programs of ours get a second try, and only where at most three failed: they
depend on how fast the machine is. What passes now is named at the end as unstable. Anything else fails the check, and
`make test` and `make soak` know no second try.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST = 3
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"


def depends_on_the_machine(test: str) -> bool:
    """Whether it stands in a file that drives a browser or starts programs."""
    path = Path(test.partition("::")[0])
    if not (ROOT / path).is_file():
        return False
    words = (ROOT / path).read_text(encoding="utf-8")
    return "journeys" in path.parts or "playwright" in words or "mark.processes" in words


def may_try_again(tests: list[str]) -> bool:
    """Whether these failures are few and of a kind that a busy machine can cause."""
    return 0 < len(tests) <= MOST and all("::" in test and depends_on_the_machine(test) for test in tests)


def main(failed: Path = FAILED) -> int:
    tests = sorted(json.loads(failed.read_text(encoding="utf-8"))) if failed.is_file() else []
    if not may_try_again(tests):
        return 1
    print(f"\nA second try, alone, for {len(tests)} of them:", *tests, sep="\n  ", flush=True)
    done = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", *tests], cwd=ROOT, check=False)
    if done.returncode:
        return 1
    print("\nUNSTABLE: passed only the second time. Each is a defect to mend:", *tests, sep="\n  ", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
