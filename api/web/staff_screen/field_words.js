// What the server finds wrong with single inputs, said in the screen's language.

import { Trouble } from "../shared/graphql.js";
import { t } from "./words.js";

/**
 * The answer. A refusal that names inputs has our words for those in `words`, which has the key of the words by input.
 * @param {Promise<unknown>} answer
 * @param {Map<string, string>} words
 * @returns {Promise<any>}
 */
export async function inFieldWords(answer, words) {
  try {
    return await answer;
  } catch (problem) {
    if (!(problem instanceof Trouble) || !problem.details.fields) throw problem;
    const fields = problem.details.fields.map((/** @type {{ path: string, message: string }} */ { path, message }) => {
      const key = words.get(path);
      return { path, message: key ? t(key) : message };
    });
    throw new Trouble("refused", problem.message, { ...problem.details, fields });
  }
}
