// What somebody is to a client is read in the reader's language where the word is a usual one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { relationWords } from "../staff_screen/relation_words.js";
import { chooseLanguage } from "../staff_screen/words.js";

globalThis.document ??= /** @type {any} */ ({ documentElement: {} });

test("the usual words are read in either language, and what was typed otherwise stays", async () => {
  await chooseLanguage("es");
  assert.deepEqual(["parent", " Mother ", "padre", "Godmother", ""].map(relationWords), [
    "padre o madre",
    "madre",
    "padre",
    "Godmother",
    "",
  ]);
  await chooseLanguage("en");
  assert.deepEqual(["Padre o madre", "Parent", "tía", "madrina"].map(relationWords), [
    "parent",
    "Parent",
    "aunt",
    "madrina",
  ]);
});
