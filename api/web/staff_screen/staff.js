// Who works here, for the calendar's filter. Asked once.

import { kindOf } from "../shared/graphql.js";
import { query } from "./session.js";

/** @type {StaffMember[] | null} */
let known = null;

/** Asks anew next time: somebody came or went. */
export function forgetColleagues() {
  known = null;
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<StaffMember[]>}
 */
export async function staffMembers(signal) {
  if (known) return known;
  try {
    /** @type {{ staffMembers: { nodes: StaffMember[] } }} */
    const { staffMembers: found } = await query(
      "{ staffMembers(state: [ACTIVE, INVITED], first: 100) { nodes { id name } } }",
      {},
      { signal },
    );
    known = found.nodes;
    return found.nodes;
  } catch (problem) {
    const kind = kindOf(problem);
    if (kind !== "input" && kind !== "forbidden") throw problem;
    known = [];
    return known;
  }
}
