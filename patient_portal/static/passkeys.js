// Asks the browser for a passkey and carries its answer into the form (WebAuthn: bytes come and go in base64url). Where the
// browser has no passkeys, or this file is not loaded, the page says what to do instead.
/** @type {NodeListOf<HTMLFormElement>} */
const passkeyForms = document.querySelectorAll("form[data-passkey]");
if (typeof PublicKeyCredential === "function" && navigator.credentials) {
  for (const form of passkeyForms) {
    const trouble = /** @type {HTMLElement} */ (form.querySelector("[data-passkey-trouble]"));
    form.addEventListener("submit", (event) => {
      // The portal says what is wrong with an empty name.
      if ([...form.querySelectorAll("input")].some((box) => box.id === "name" && !box.value.trim())) return;
      event.preventDefault();
      void send(form, trouble);
    });
    form.hidden = false;
  }
  for (const words of document.querySelectorAll("[data-passkey-missing]")) words.remove();
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} trouble
 */
async function send(form, trouble) {
  const { passkey, options = "", answer = "" } = form.dataset;
  trouble.textContent = "";
  try {
    const made = await (passkey === "make" ? create(JSON.parse(options)) : get(JSON.parse(options)));
    /** @type {HTMLInputElement} */ (form.elements.namedItem(answer)).value = made;
    form.submit();
  } catch (problem) {
    const known = problem instanceof DOMException && problem.name === "InvalidStateError";
    trouble.textContent = (known ? trouble.dataset.known : trouble.dataset.unused) ?? "";
  }
}

/** @param {any} options */
async function create({ challenge, user, excludeCredentials = [], ...rest }) {
  const publicKey = {
    ...rest,
    challenge: bytes(challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: excludeCredentials.map(described),
  };
  const made = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({ publicKey }));
  const { clientDataJSON, attestationObject } = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return inWords(made, { clientDataJSON, attestationObject });
}

/** @param {any} options */
async function get({ challenge, allowCredentials = [], ...rest }) {
  const publicKey = { ...rest, challenge: bytes(challenge), allowCredentials: allowCredentials.map(described) };
  const used = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature } = /** @type {AuthenticatorAssertionResponse} */ (
    used.response
  );
  return inWords(used, { clientDataJSON, authenticatorData, signature });
}

/**
 * @param {PublicKeyCredential} credential
 * @param {Record<string, ArrayBuffer>} parts
 */
function inWords({ id, rawId, type }, parts) {
  const response = Object.fromEntries(Object.entries(parts).map(([name, buffer]) => [name, base64url(buffer)]));
  return JSON.stringify({ id, rawId: base64url(rawId), type, response });
}

/** @param {{ id: string }} listed */
function described({ id }) {
  return { type: "public-key", id: bytes(id) };
}

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function base64url(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
