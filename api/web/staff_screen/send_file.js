// Sends a file to an address beside GraphQL, signed in.

import { Trouble } from "../shared/graphql.js";
import { learn, token } from "./session.js";

/**
 * The answer, whatever it says of the file.
 * @param {string} address
 * @param {File} file
 * @param {Record<string, string>} headers
 */
export async function sendFile(address, file, headers) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      body: file,
      credentials: "omit",
      headers: { ...headers, Authorization: `Bearer ${await token()}` },
    });
  } catch (problem) {
    throw problem instanceof Trouble ? problem : new Trouble("offline", "");
  }
  // A token that was refused is renewed, or the session turns out to be over; then the file can be sent again.
  if (answer.status === 401) {
    await learn();
    throw new Trouble("busy", "");
  }
  return answer;
}
