// How far the signing of a document got and what each signer did, in the words of the record and of the worklist.

import { relationWords } from "./relation_words.js";
import { date, t } from "./words.js";

/** @typedef {Pick<ListedDocument, "sharing" | "inSequence" | "signatureState" | "withdrawnAt" | "supersededBy" | "signatures">} Signed */

// Everybody has signed, and the sealed copy is on its way.
/** @param {Signed} one */
const isBeingSealed = (one) =>
  one.signatureState === "WAITING" && one.signatures.length > 0 && one.signatures.every(({ signedAt }) => signedAt);
/** @param {Signed} one */
export const isOpen = (one) => !one.withdrawnAt && !one.supersededBy;
/** @param {Signed} one */
const declined = (one) => one.signatures.some(({ declinedAt }) => declinedAt);

/**
 * The key of the words for the whole document.
 * @param {Signed} one
 */
export function stateOf(one) {
  if (declined(one)) return "DECLINED";
  if (isBeingSealed(one)) return "beingSealed";
  return isOpen(one) && one.signatureState === "WAITING" && one.sharing === "NOT_SHARED"
    ? "notSentYet"
    : one.signatureState;
}

/** @param {string | null} text */
export const reason = (text) => (text ? `: ${text}` : "");

/**
 * A signer and what they did, or what they are waited for.
 * @param {Signed} one
 * @param {Signature} signature
 */
export function signerWords(one, signature) {
  const { signer, relationship } = signature;
  return `${signer.displayName}${relationship ? ` (${relationWords(relationship)})` : ""}: ${stateOfSigner(one, signature)}`;
}

/**
 * @param {Signed} one
 * @param {Signature} signature
 */
function stateOfSigner(one, signature) {
  const next = one.signatures.find(({ signedAt, declinedAt }) => !signedAt && !declinedAt);
  if (signature.signedAt) return t("signedOn", { date: date(signature.signedAt, "short") });
  if (signature.declinedAt)
    return t("declinedOn", { date: date(signature.declinedAt, "short") }) + reason(signature.declineReason);
  if (!isOpen(one) || declined(one)) return t("notSigned");
  // Nobody hears of a document before it is shared.
  if (one.sharing === "NOT_SHARED") return t("notSentYet");
  return one.inSequence && signature !== next ? t("waitsForOthers") : t("asked");
}

/**
 * Whom a document in a list of the worklist is about: who declined, or else who has yet to sign.
 * @param {Signed} one
 */
export const toFollowUp = (one) =>
  one.signatures.filter(({ signedAt, declinedAt }) => (declined(one) ? declinedAt : !signedAt));
