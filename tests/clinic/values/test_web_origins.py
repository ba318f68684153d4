"""Which origins may be allowed to ask the API, and in which form they are kept."""

import pytest

from clinic.values.limits import LONGEST_ORIGIN
from clinic.values.web_origins import page_origin


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://ehr.example.org", "https://ehr.example.org"),
        ("  https://ehr.example.org/ ", "https://ehr.example.org"),
        ("HTTPS://EHR.Example.ORG", "https://ehr.example.org"),
        ("https://ehr.example.org:443", "https://ehr.example.org"),
        ("https://ehr.example.org:8443", "https://ehr.example.org:8443"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://198.51.100.7", "https://198.51.100.7"),
        ("https://[2001:DB8::7]:8443", "https://[2001:db8::7]:8443"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(typed: str, kept: str) -> None:
    assert page_origin(typed, local=False) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "null",
        "*",
        "ehr.example.org",
        "https://",
        "http://ehr.example.org",
        "https://*.example.org",
        "https://ehr.example.org/chart",
        "https://ehr.example.org/?a",
        "https://ehr.example.org?",
        "https://ehr.example.org#",
        "https://user:word@ehr.example.org",
        "https://ehr.example.org:99999",
        "https://ehr.example.org.",
        "https://ehr..example.org",
        "https://-ehr.example.org",
        "https://ehr.example.org\\evil.example",
        "https://ehr.example.org https://evil.example",
        "https://ehr.exam\tple.org",
        "https://127.0.0.300",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://\N{ZERO WIDTH JOINER}.example",
        "file:///chart.html",
        "javascript:alert(1)",
        f"https://{'a' * LONGEST_ORIGIN}.example",
    ],
)
def test_what_is_no_whole_https_origin_is_refused(typed: str) -> None:
    assert page_origin(typed, local=True) is None


@pytest.mark.parametrize(
    "typed",
    [
        "http://127.0.0.1:8000",
        "http://localhost:5173",
        "http://chart.localhost",
        "http://[::1]:8000",
        "https://localhost",
    ],
)
def test_pages_of_this_machine_are_allowed_only_where_asked_for(typed: str) -> None:
    assert page_origin(typed, local=True) == typed
    assert page_origin(typed, local=False) is None
