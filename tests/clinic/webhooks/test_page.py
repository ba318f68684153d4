"""What docs/webhooks.md shows works as it stands there, in Python and in Node."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.webhook_signing import StandardWebhookSigner
from clinic.values.webhooks import WebhookEvent

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SIGNER = StandardWebhookSigner()
BODY = '{"type":"document.signed","data":{"organization":"willow-creek"}}'


def block(language: str) -> str:
    [code] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


def cases(secret: str) -> list[tuple[dict[str, str], str, int]]:
    """Headers and bodies, and the status that the receiver must answer."""
    other, now = SIGNER.new_secret(), datetime.now(UTC)

    def headers(at: datetime, *secrets: str) -> dict[str, str]:
        signatures = " ".join(SIGNER.sign(each, "msg_1", at, BODY) for each in secrets)
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signatures,
        }

    good = headers(now, secret)
    return [
        (good, BODY, 204),
        (headers(now, other, secret), BODY, 204),
        (headers(now, other), BODY, 401),
        (good, BODY.replace("willow", "harbor"), 401),
        ({**good, "webhook-id": "msg_2"}, BODY, 401),
        ({**good, "webhook-signature": ""}, BODY, 401),
        (headers(now - timedelta(minutes=6), secret), BODY, 401),
    ]


def test_the_receiver_in_python_accepts_what_is_ours_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    there: dict[str, Any] = {}
    exec(block("python"), there)  # noqa: S102 - the page's own code
    secret, seen = SIGNER.new_secret(), set[str]()

    for headers, body, status in cases(secret):
        if headers["webhook-signature"]:
            assert there["receive"](secret, headers, body.encode(), seen) == status

    assert there["receive"](secret, {}, BODY.encode(), seen) == 401
    assert capsys.readouterr().out.count("document.signed") == 1


def test_the_receiver_in_node_accepts_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    secret = SIGNER.new_secret()
    tried = cases(secret)
    script = tmp_path / "receive.mjs"
    run = f"""
const seen = new Set();
const tried = {json.dumps([[headers, body] for headers, body, _ in tried])};
console.error(JSON.stringify(tried.map(([headers, body]) => receive({json.dumps(secret)}, headers, body, seen))));
"""
    script.write_text(block("javascript") + run, encoding="utf-8")

    done = subprocess.run(["node", str(script)], capture_output=True, text=True, timeout=60, check=True)

    assert json.loads(done.stderr) == [status for _, _, status in tried]
    assert done.stdout == "document.signed\n"


def test_every_event_is_on_the_page() -> None:
    assert set(re.findall(r"^\| `([a-z_]+\.[a-z]+)`", PAGE, re.MULTILINE)) == {event.value for event in WebhookEvent}
