"""Manifests of trusted documents: which forms are read, and what is said of those that can't be."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.manifests import ManifestInvalid, Trusted, read_trusted

RELAY = {"0a1b": "query A { viewer { __typename } }", "2c3d": "mutation B { signOut }"}
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": "4e5f", "name": "C", "type": "query", "body": "query C { organization { name } }"},
        {"id": "0a1b", "name": "A", "type": "query", "body": "query A { viewer { __typename } }"},
    ],
}


def write(folder: Path, **manifests: Any) -> Path:
    for name, manifest in manifests.items():
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def test_the_manifests_of_all_clients_are_read_as_one(tmp_path: Path) -> None:
    write(tmp_path, android=APOLLO, web=RELAY)
    (tmp_path / "README.md").write_text("not a manifest")

    documents = RELAY | {"4e5f": "query C { organization { name } }"}
    assert read_trusted(str(tmp_path)) == Trusted(documents, only=False)
    for written in (f"{tmp_path} only", f"{tmp_path},only", f" {tmp_path}, only "):
        assert read_trusted(written) == Trusted(documents, only=True), written


def test_only_alone_and_nothing_at_all_name_no_folder() -> None:
    assert read_trusted("only") == Trusted({}, only=True)
    assert read_trusted("") == Trusted({}, only=False)


def test_a_folder_whose_name_ends_with_the_word_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "readonly"
    folder.mkdir()
    assert read_trusted(str(folder)) == Trusted({}, only=False)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("{", "has app.json, which is no JSON"),
        ("[" * 100_000, "has app.json, which is no JSON"),
        ([], "has app.json, which is neither"),
        ({"a": 7}, "has app.json, which is neither"),
        ({"a": " "}, "has app.json, which is neither"),
        ({"": "{ a }"}, "has app.json with an id that is empty"),
        ({"x" * 201: "{ a }"}, "longer than 200 characters"),
        (APOLLO | {"version": 2}, "has app.json, which is neither"),
        (APOLLO | {"operations": None}, "has app.json, which is neither"),
        (APOLLO | {"operations": [7]}, "has app.json, which is neither"),
        (APOLLO | {"operations": [{"id": "a"}]}, "has app.json, which is neither"),
        (APOLLO | {"operations": [{"id": "a", "body": "{ a }"}] * 2}, "has app.json, which names an id twice"),
    ],
)
def test_a_broken_manifest_is_named(manifest: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match=said):
        read_trusted(str(write(tmp_path, app=manifest)))


def test_one_id_stands_for_one_text(tmp_path: Path) -> None:
    write(tmp_path, one=RELAY, two={"0a1b": "query A { viewer { __typename }}"})
    with pytest.raises(ManifestInvalid, match=r"under the id 0a1b in two\.json than in one\.json"):
        read_trusted(str(tmp_path))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match="must be a folder"):
        read_trusted(f"{tmp_path}/nowhere only")
