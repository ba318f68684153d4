// The browser's side of passkeys (WebAuthn): options come and answers go as JSON, with bytes in base64url.

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {{ id: string }[]} listed */
const descriptors = (listed) =>
  listed.map(({ id }) => /** @type {PublicKeyCredentialDescriptor} */ ({ type: "public-key", id: bytes(id) }));

export const canUsePasskeys = () => typeof PublicKeyCredential === "function" && Boolean(navigator.credentials);

/**
 * Makes a passkey. Answers what `finishPasskey` takes.
 * @param {string} options
 */
export async function makePasskey(options) {
  const { challenge, user, excludeCredentials = [], ...rest } = JSON.parse(options);
  const made = await navigator.credentials.create({
    publicKey: {
      ...rest,
      challenge: bytes(challenge),
      user: { ...user, id: bytes(user.id) },
      excludeCredentials: descriptors(excludeCredentials),
    },
  });
  if (!(made instanceof PublicKeyCredential)) throw new DOMException("no passkey", "NotAllowedError");
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return answer(made, {
    clientDataJSON: response.clientDataJSON,
    attestationObject: response.attestationObject,
  });
}

/**
 * Asks for one of the passkeys in the options. Answers what `completeSignIn` and `reauthenticate` take.
 * @param {string} options
 */
export async function usePasskey(options) {
  const { challenge, allowCredentials = [], ...rest } = JSON.parse(options);
  const used = await navigator.credentials.get({
    publicKey: { ...rest, challenge: bytes(challenge), allowCredentials: descriptors(allowCredentials) },
  });
  if (!(used instanceof PublicKeyCredential)) throw new DOMException("no passkey", "NotAllowedError");
  const { clientDataJSON, authenticatorData, signature } = /** @type {AuthenticatorAssertionResponse} */ (
    used.response
  );
  return answer(used, { clientDataJSON, authenticatorData, signature });
}

/**
 * @param {PublicKeyCredential} credential
 * @param {Record<string, ArrayBuffer>} parts
 */
function answer({ id, rawId, type }, parts) {
  const response = Object.fromEntries(Object.entries(parts).map(([name, buffer]) => [name, text(buffer)]));
  return JSON.stringify({ id, rawId: text(rawId), type, response });
}
