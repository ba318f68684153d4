// What somebody is to a client, in the reader's language. The word is typed freely and stays on record as it was typed:
// only the usual ones are known here, in both languages, and any other is shown as it is.

import { currentLanguage } from "./words.js";

const USUAL = [
  ["parent", "padre o madre"],
  ["mother", "madre"],
  ["father", "padre"],
  ["stepmother", "madrastra"],
  ["stepfather", "padrastro"],
  ["child", "hijo o hija"],
  ["daughter", "hija"],
  ["son", "hijo"],
  ["spouse", "cónyuge"],
  ["wife", "esposa"],
  ["husband", "esposo"],
  ["partner", "pareja"],
  ["guardian", "tutor legal"],
  ["grandparent", "abuelo o abuela"],
  ["grandmother", "abuela"],
  ["grandfather", "abuelo"],
  ["grandchild", "nieto o nieta"],
  ["granddaughter", "nieta"],
  ["grandson", "nieto"],
  ["sibling", "hermano o hermana"],
  ["sister", "hermana"],
  ["brother", "hermano"],
  ["aunt", "tía"],
  ["uncle", "tío"],
  ["niece", "sobrina"],
  ["nephew", "sobrino"],
  ["friend", "amigo o amiga"],
  ["caregiver", "persona que cuida"],
  ["emergency contact", "contacto de emergencia"],
];
const known = new Map(USUAL.flatMap((pair) => pair.map((word) => [word, pair])));

/** @param {string} kind as it was typed */
export function relationWords(kind) {
  const typed = kind.trim().toLowerCase();
  const word = known.get(typed)?.[currentLanguage() === "es" ? 1 : 0];
  return word && word !== typed ? word : kind;
}
