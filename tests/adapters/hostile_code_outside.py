"""The same attempts without the box: most of them succeed, so the tests of the box do test something."""

import sys

from tests.adapters.hostile_code import attempt


def main() -> None:
    word, answer = attempt(sys.stdin.buffer.read(), sys.argv[3:])
    sys.stdout.buffer.write(word.encode() + b"\n" + answer)
