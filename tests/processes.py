"""Our own programs as real processes, for tests that need more than one, or that end one without warning."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests import preloaded

_STARTS_WITHIN = 30.0
_ENDS_WITHIN = 10.0


@dataclass
class Program:
    """`vestibule …` with an environment of its own; started and ended at will. What it says goes to `log`."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path = Path(os.devnull)
    health: str | None = None
    _process: preloaded.StartedProgram | None = field(default=None, init=False)

    def run(self, typed: str = "") -> str:
        """Run to the end with `typed` on standard input; what it printed. It must exit 0."""
        ended = preloaded.run(self.arguments, {**os.environ, **self.environment}, typed=typed)
        assert ended.returncode == 0, f"{self.arguments}: {ended.stdout}{ended.stderr}"
        return ended.stdout

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self.log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            streams = (nothing.fileno(), log.fileno(), log.fileno())
            self._process = preloaded.start(self.arguments, {**os.environ, **self.environment}, streams)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> float:
        """SIGTERM; answers how many seconds it took to end."""
        began = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - began

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(_ENDS_WITHIN)
            raise
        finally:
            self._process = None

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + _STARTS_WITHIN
        while self.health is not None:
            try:
                with urllib.request.urlopen(self.health, timeout=2):
                    return
            except (urllib.error.URLError, OSError) as problem:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > until:
                    raise AssertionError(f"{self.arguments} does not answer:\n{self.log.read_text()}") from problem
                time.sleep(0.05)  # between two looks at a process we don't control; bounded above
