// What the element asks of the public API.

import { STATUS } from "../../shared/status.js";

const CONTACT = `id displayName email ${STATUS}`;
export const READ = `query PortalIcons($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { ${CONTACT} } } }`;
export const OPEN = `query PortalIcon($ids: [ID!]!) { organization { name }
  nodes(ids: $ids) { ... on Contact { ${CONTACT} currentEpisode { facility { name } } } } }`;
const DO = {
  createPortalAccount: "CreatePortalAccount",
  linkPortalAccount: "LinkPortalAccount",
  printPortalInstructions: "PrintPortalInstructions",
  resendPortalInvitation: "ResendPortalInvitation",
  revokePortalInvitation: "RevokePortalInvitation",
};

/** @typedef {keyof typeof DO} Operation */

/** @param {Operation} name */
export const mutation = (name) => {
  const own = name === "printPortalInstructions" ? "url" : "";
  const several = name === "linkPortalAccount" ? "... on SeveralAccounts { accounts { id email } }" : "";
  return `mutation ${DO[name]}($input: ${DO[name]}Input!) { answer: ${name}(input: $input) { __typename
  ... on ${DO[name]}Success { contact { ${CONTACT} } ${own} } ... on UserError { message } ${several} } }`;
};
