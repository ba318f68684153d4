"""What the image holds: the languages that we speak, and no others."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import babel
import wtforms

from clinic.organizations.checks import LANGUAGES
from patient_portal.web.language import spoken_languages

ROOT = Path(__file__).parents[2]
# As the product asks for them: names of months and languages, dates, spans of time, and paper by country.
ASKED = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from datetime import UTC, datetime, timedelta
import babel
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from patient_portal.web.language import own_name, spoken_languages
assert babel.__file__.startswith(sys.argv[1])
for language in spoken_languages():
    day = datetime(2026, 11, 29, 16, 5, tzinfo=UTC)
    print(own_name(language), format_date(day, "long", language), format_datetime(day, "h:mm a", locale=language))
    print(format_timedelta(timedelta(minutes=30), locale=language), Locale.parse(language).months["format"]["wide"][1])
"""


def test_the_image_keeps_the_locale_data_of_our_languages_and_they_suffice(tmp_path: Path) -> None:
    for package in (babel, wtforms):
        folder = Path(package.__path__[0])
        shutil.copytree(folder, tmp_path / folder.name, copy_function=shutil.copyfile)
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = re.findall(r"^RUN cd /opt/vestibule/\S+/site-packages +&& (.*locale-data.*)$", text, re.MULTILINE)
    assert len(steps) == 1
    subprocess.run(["sh", "-ec", steps[0]], cwd=tmp_path, check=True, timeout=30)

    kept = {path.stem for path in (tmp_path / "babel" / "locale-data").glob("*.dat")}
    assert {name.split("_")[0] for name in kept} == {*LANGUAGES, "root"}
    assert {"root", *LANGUAGES, "es_US", "es_419", "en_US"} <= kept
    assert {path.name for path in (tmp_path / "wtforms" / "locale").iterdir()} <= set(LANGUAGES)
    assert spoken_languages() == LANGUAGES
    whole = Path(babel.__path__[0]).parent
    said = _said(tmp_path)
    assert said == _said(whole)
    assert said.splitlines()[0].startswith("English November 29, 2026 4:05")


def _said(packages: Path) -> str:
    asked = [sys.executable, "-c", ASKED, str(packages), str(ROOT)]
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout
