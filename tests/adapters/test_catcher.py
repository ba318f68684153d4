"""The demo's mail catcher: nothing taken is lost, and nothing a letter holds can act."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from adapters.smtp import SmtpSender
from dev.mail_catcher.catcher import MailCatcher
from dev.mail_catcher.caught_letter import linked_text, read_letter

PIXEL = b"\x89PNG\r\n\x1a\n-not-really"


def letter(subject: str = "Your account", html: str | None = None, text: str = "Hello\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Willow Creek <no-reply@portal.example>"
    message["To"] = "ana@example.com"
    message["Subject"] = subject
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
        html_part = message.get_body(("html",))
        assert isinstance(html_part, EmailMessage)
        html_part.add_related(PIXEL, "image", "png", cid="<logo@portal.example>")
    return message


async def caught(folder: Path, *letters: EmailMessage, max_letters: int = 500) -> MailCatcher:
    async with MailCatcher(folder, max_letters=max_letters) as catcher:
        sender = SmtpSender(f"smtp://127.0.0.1:{catcher.smtp_port}", ehlo_hostname="portal.example")
        async with sender.session() as session:
            for message in letters:
                await session.deliver(message)
    return catcher


def browser(catcher: MailCatcher, host: str = "127.0.0.1") -> TestClient:
    return TestClient(catcher.app, base_url=f"http://{host}:8025")


async def test_letters_survive_a_restart_newest_first(tmp_path: Path) -> None:
    await caught(tmp_path / "mail", letter("First"), letter("Second"))
    again = await caught(tmp_path / "mail", letter("Third, ñ"))
    assert [found.subject for found in again.summaries()] == ["Third, ñ", "Second", "First"]
    page = browser(again).get("/").text
    assert page.index("Third, ñ") < page.index("Second") < page.index("First")


async def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    catcher = await caught(tmp_path, letter("First"), letter("Second"), letter("Third"), max_letters=2)
    assert [found.subject for found in catcher.summaries()] == ["Third", "Second"]
    assert sorted(path.suffix for path in tmp_path.glob("*")) == [".eml", ".eml"]  # noqa: ASYNC240 (a test's folder)


def test_empty_folder_says_what_will_come(tmp_path: Path) -> None:
    response = browser(MailCatcher(tmp_path)).get("/")
    assert response.status_code == 200
    assert "No letter has arrived yet." in response.text


async def test_letter_page_escapes_everything(tmp_path: Path) -> None:
    hostile = '<script>alert("x")</script>'
    catcher = await caught(tmp_path, letter(hostile, text=f"{hostile} https://portal.example/r/abc?a=1&b=2.\n"))
    [name] = catcher.names()
    pages = [browser(catcher).get(path) for path in ("/", f"/letters/{name}")]
    for page in pages:
        assert "<script" not in page.text
        assert "&lt;script&gt;" in page.text
        assert "script-src" not in page.headers["content-security-policy"]
        assert page.headers["content-security-policy"].startswith("default-src 'none';")
    assert (
        '<a href="https://portal.example/r/abc?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">'
        "https://portal.example/r/abc?a=1&amp;b=2</a>." in pages[1].text
    )


async def test_html_part_is_framed_and_can_neither_run_nor_fetch(tmp_path: Path) -> None:
    html = '<html><head><title>x</title></head><body><img src="cid:logo@portal.example"><img src="http://t.example/1">'
    catcher = await caught(tmp_path, letter(html=html))
    [name] = catcher.names()
    page = browser(catcher).get(f"/letters/{name}").text
    assert f'<iframe src="/letters/{name}/html" title="The letter" sandbox="allow-popups' in page
    assert "allow-scripts" not in page
    assert "allow-same-origin" not in page
    part = browser(catcher).get(f"/letters/{name}/html")
    assert '<head><base target="_blank"><title>' in part.text
    assert '<img src="data:image/png;base64,iVBORw0KGgo' in part.text
    policy = part.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "img-src data:;" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy


async def test_source_is_plain_text_as_it_came(tmp_path: Path) -> None:
    catcher = await caught(tmp_path, letter("Raw", html="<b>x</b>"))
    [name] = catcher.names()
    response = browser(catcher).get(f"/letters/{name}/source")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "Subject: Raw" in response.text


@pytest.mark.parametrize("name", ["0", "..%2f..%2fetc%2fpasswd", f"{0:020d}-{0:06d}", "%00", "x" * 300])
def test_unknown_letter_is_not_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.eml").write_bytes(b"Subject: no")
    for end in ("", "/html", "/source"):
        assert browser(MailCatcher(tmp_path)).get(f"/letters/{name}{end}").status_code == 404


def test_pages_answer_to_local_names_only(tmp_path: Path) -> None:
    catcher = MailCatcher(tmp_path)
    assert browser(catcher, "localhost").get("/").status_code == 200
    assert browser(catcher, "rebound.example").get("/").status_code == 400


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?x-none?q?a?=\nFrom: =?utf-8?b?!!!?=\nTo: \xff\xfe\n\nbody",
        b"Content-Type: text/plain; charset=x-none\n\n\xff\xfe body",
        b"Content-Type: text/html; charset=\"'\n\n<b>",
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\n",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!",
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)),
        b"Content-Type: message/rfc822\n\n" * 3000,
    ],
)
def test_malformed_letter_is_shown_somehow(tmp_path: Path, source: bytes) -> None:
    name = f"{1:020d}-{1:06d}"
    (tmp_path / f"{name}.eml").write_bytes(source)
    client = browser(MailCatcher(tmp_path))
    for path in ("/", f"/letters/{name}", f"/letters/{name}/html", f"/letters/{name}/source"):
        assert client.get(path).status_code == 200


def test_letter_in_another_charset_is_read() -> None:
    source = "Subject: =?iso-8859-1?q?A=F1o?=\nContent-Type: text/plain; charset=iso-8859-1\n\nAño".encode("latin-1")
    read = read_letter(f"{1:020d}-{1:06d}", source)
    assert (read.subject, read.text) == ("Año", "Año")


def test_script_addresses_are_no_links() -> None:
    assert str(linked_text("javascript:alert(1) https://a.example/<b> (https://b.example/x).")) == (
        'javascript:alert(1) <a href="https://a.example/" target="_blank" rel="noopener noreferrer">'
        "https://a.example/</a>&lt;b&gt; "
        '(<a href="https://b.example/x" target="_blank" rel="noopener noreferrer">https://b.example/x</a>).'
    )
