// <portal-status contact-id="…">: the icon of one contact's way into the patient portal, for any page.
// One file, nothing else. docs/embedding.md says how; every part and property that a page may style is listed there.
// Words are text, never markup; styles are a constructed sheet: the strictest Content-Security-Policy may stand.

const SVG = "http://www.w3.org/2000/svg";
const AT_ONCE = 100; // as many as the API's `nodes` takes
const WAITS = [300, 700, 1200, 2000, 3000]; // about seven seconds: as long as a restart takes
const STATES = ["NO_EMAIL", "NO_ACCOUNT", "INVITED", "ACCOUNT_NOT_LINKED", "LINKED", "EMAIL_CONFLICT"];

const STATUS = `id displayName email portalStatus {
  state icon summary action blockedReason letter alsoAllowed addressOnOtherRecord account { id email } }`;
const READ = `query PortalIcons($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { ${STATUS} } } }`;
const OPEN = `query PortalIcon($ids: [ID!]!) { organization { name }
  nodes(ids: $ids) { ... on Contact { ${STATUS} currentEpisode { facility { name } } } } }`;
const DO = {
  createPortalAccount: "CreatePortalAccount",
  linkPortalAccount: "LinkPortalAccount",
  printPortalInstructions: "PrintPortalInstructions",
  resendPortalInvitation: "ResendPortalInvitation",
  revokePortalInvitation: "RevokePortalInvitation",
};
const mutation = (
  name,
) => `mutation ${DO[name]}($input: ${DO[name]}Input!) { answer: ${name}(input: $input) { __typename
  ... on ${DO[name]}Success { contact { ${STATUS} } ${name === "printPortalInstructions" ? "url" : ""} }
  ... on UserError { message } ${name === "linkPortalAccount" ? "... on SeveralAccounts { accounts { id email } }" : ""} } }`;

/* ---------------------------------------------------------------- words */

const WORDS = {
  en: {
    NO_EMAIL: "No e-mail address",
    NO_ACCOUNT: "No account",
    INVITED: "Invited",
    ACCOUNT_NOT_LINKED: "Account found, not linked",
    LINKED: "Linked",
    EMAIL_CONFLICT: "Address conflict",
    loading: "Looking…",
    missing: "No such record",
    failed: "Not available",
    ended: "Signed out",
    CREATE_ACCOUNT: "Create the portal account",
    LINK_ACCOUNT: "Link the account",
    PRINT_INSTRUCTIONS: "Print the instructions",
    why: "Say why",
    retry: "Ask again",
    somebody: "this person",
    offline:
      "The server can't be reached. What you asked for may or may not have been done. Try again: it is done once, not twice.",
    unauthenticated: "Your session has ended. Sign in again; nothing was done twice.",
    broken: "Something went wrong. Try again; if it stays, tell whoever looks after this page.",
    busy: "Too many requests just now. Wait a minute and try again.",
    createAsk: "Create a portal account for {name}?",
    createAddress: "The invitation goes to this address. Check that it is right:",
    createShared:
      "Another record bears this address too. Whoever of the two is invited first gets the account; the other record then shows a conflict.",
    sender: "Whose name the letter bears",
    AUTOMATIC: "{place}",
    ORGANIZATION: "The organization: {place}",
    DISCREET: "A discreet, neutral name",
    createYes: "Create the account and e-mail {name}",
    created: "{name} is invited",
    createdBody: "A letter to {email} is on its way. Print the instructions to hand over?",
    chooseAsk: "Which account belongs to {name}?",
    linkYes: "Link {email}",
    linked: "{name} is linked",
    linkedBody:
      "The account {email} belongs to this record now. At the next visit this person confirms who they are before anything is shown. Print the instructions to hand over?",
    linkFailed: "The account of {name} is not linked",
    lookFailed: "The icon of {name} could not be looked at",
    printAsk: "Print the instructions for {name}?",
    printBody: "The sheet bears the PIN of this record. Hand it over in person.",
    printYes: "Print the instructions",
    printed: "The sheet is open in another window",
    sheetReady: "The sheet is ready",
    printedBody: "If you do not see it, open it here. The address works for ten minutes.",
    openSheet: "Open the sheet",
    resend: "Send the letter again",
    resent: "The letter is on its way again.",
    revoke: "Take the invitation back",
    revokeAsk: "Take the invitation of {name} back?",
    revokeBody: "The letter's link stops working at once, and the record gets a new PIN.",
    revoked: "The invitation is taken back.",
    cancel: "Cancel",
    notNow: "Not now",
    close: "Close",
    again: "Try again",
    working: "One moment…",
    ContactHasNoEmail: "This contact has no e-mail address any more. Add one first.",
    PortalAccountExists: "There is an account already. Look at the icon again.",
    EmailConflict: "The account with this address belongs to another record.",
    NotPermitted: "You need the permission WEB_PORTAL to do this. Ask someone who manages staff.",
    NotFound: "This record is not there, or not any more.",
    AlreadyLinked: "This record or this account is linked already.",
    NoMatchingAccount: "No account with one of this contact's addresses waits to be linked.",
    NotLinked: "There is no invitation any more; somebody may have taken it back just now.",
    TooManyAttempts: "The letter was sent several times today already. Print the instructions instead, or wait.",
  },
  es: {
    NO_EMAIL: "Sin correo electrónico",
    NO_ACCOUNT: "Sin cuenta",
    INVITED: "Invitado",
    ACCOUNT_NOT_LINKED: "Cuenta encontrada, sin vincular",
    LINKED: "Vinculado",
    EMAIL_CONFLICT: "Conflicto de dirección",
    loading: "Buscando…",
    missing: "No existe este registro",
    failed: "No disponible",
    ended: "Sesión cerrada",
    CREATE_ACCOUNT: "Crear la cuenta del portal",
    LINK_ACCOUNT: "Vincular la cuenta",
    PRINT_INSTRUCTIONS: "Imprimir las instrucciones",
    why: "Ver el motivo",
    retry: "Preguntar de nuevo",
    somebody: "esta persona",
    offline:
      "No se puede conectar con el servidor. Quizá lo que pidió se hizo, quizá no. Inténtelo de nuevo: se hará una sola vez.",
    unauthenticated: "Su sesión terminó. Inicie sesión de nuevo; nada se hizo dos veces.",
    broken: "Algo falló. Inténtelo de nuevo; si continúa, avise a quien cuida de esta página.",
    busy: "Hay demasiadas solicitudes en este momento. Espere un minuto e inténtelo de nuevo.",
    createAsk: "¿Crear una cuenta del portal para {name}?",
    createAddress: "La invitación se envía a esta dirección. Compruebe que es correcta:",
    createShared:
      "Otro registro tiene también esta dirección. La cuenta será de quien se invite primero; el otro registro mostrará entonces un conflicto.",
    sender: "A nombre de quién va la carta",
    AUTOMATIC: "{place}",
    ORGANIZATION: "La organización: {place}",
    DISCREET: "Un nombre neutro y discreto",
    createYes: "Crear la cuenta y escribir a {name}",
    created: "{name} tiene una invitación",
    createdBody: "Una carta a {email} está en camino. ¿Imprimir las instrucciones para entregarlas?",
    chooseAsk: "¿Qué cuenta es de {name}?",
    linkYes: "Vincular {email}",
    linked: "{name} está vinculado",
    linkedBody:
      "La cuenta {email} es ahora de este registro. En su próxima visita esta persona confirma quién es antes de ver nada. ¿Imprimir las instrucciones para entregarlas?",
    linkFailed: "La cuenta de {name} no está vinculada",
    lookFailed: "No se pudo consultar el icono de {name}",
    printAsk: "¿Imprimir las instrucciones de {name}?",
    printBody: "La hoja lleva el PIN de este registro. Entréguela en persona.",
    printYes: "Imprimir las instrucciones",
    printed: "La hoja está abierta en otra ventana",
    sheetReady: "La hoja está lista",
    printedBody: "Si no la ve, ábrala aquí. La dirección sirve durante diez minutos.",
    openSheet: "Abrir la hoja",
    resend: "Enviar la carta de nuevo",
    resent: "La carta está de nuevo en camino.",
    revoke: "Retirar la invitación",
    revokeAsk: "¿Retirar la invitación de {name}?",
    revokeBody: "El enlace de la carta deja de servir de inmediato y el registro recibe un PIN nuevo.",
    revoked: "La invitación está retirada.",
    cancel: "Cancelar",
    notNow: "Ahora no",
    close: "Cerrar",
    again: "Intentar de nuevo",
    working: "Un momento…",
    ContactHasNoEmail: "Este contacto ya no tiene correo electrónico. Añada uno primero.",
    PortalAccountExists: "Ya hay una cuenta. Mire el icono de nuevo.",
    EmailConflict: "La cuenta con esta dirección pertenece a otro registro.",
    NotPermitted: "Necesita el permiso WEB_PORTAL para hacer esto. Pídalo a quien administra al personal.",
    NotFound: "Este registro no existe o ya no existe.",
    AlreadyLinked: "Este registro o esta cuenta ya tiene un vínculo.",
    NoMatchingAccount: "No hay ninguna cuenta con una de estas direcciones que espere un vínculo.",
    NotLinked: "Ya no hay invitación; quizá alguien la retiró hace un momento.",
    TooManyAttempts: "La carta ya se envió varias veces hoy. Imprima las instrucciones o espere.",
  },
};

/* ---------------------------------------------------------------- drawing */

// On a grid of 24 with strokes of 2: the globe behind, the person in front to the right, a mark above the person.
// What stands in front cuts its own outline out of the globe, so that no background colour needs to be known.
const GLOBE = ["M10 1.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17z", "M1.5 10h17", "M10 1.5c-5 5-5 12 0 17c5-5 5-12 0-17z"];
const HEAD = { cx: 17, cy: 14.5, r: 2.6 };
const SHOULDERS = "M11.5 23c0-3.6 2.2-5 5.5-5s5.5 1.4 5.5 5z";
const TRIANGLE = "M17 10l6.6 12.4H10.4z";
const MARKS = {
  INVITED: { cut: "M13 0h11v12.5h-8.5L13 9z", fill: "M14 1h9.5v7H14z", inner: "M14.5 2l4.2 3.2L23 2" },
  ACCOUNT_NOT_LINKED: {
    cut: "M18.5-.5a5.5 5.5 0 0 0-5 7.5l2 5.5H24V0z",
    stroke: "M16.3 2.4c0-2.9 4.6-2.9 4.6.1c0 1.9-2.3 1.8-2.3 3.4",
    fill: "M17.4 7.6h2.3v2.2h-2.3z",
  },
  LINKED: { cut: "M18.5-.5a5.5 5.5 0 0 0-5 7.5l2 5.5H24V0z", stroke: "M14.5 4.5l3 3L23 1.7" },
};
let drawings = 0;

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function draw(state, title) {
  const id = `cut${(drawings += 1)}`;
  const mark = MARKS[state];
  const conflict = state === "EMAIL_CONFLICT";
  const known = STATES.includes(state);
  const black = { fill: "#000", stroke: "#000", "stroke-width": 3, "stroke-linejoin": "round" };
  const cuts = conflict
    ? [shape("path", { d: TRIANGLE, ...black })]
    : known
      ? [shape("circle", { ...HEAD, ...black }), shape("path", { d: SHOULDERS, ...black })]
      : [];
  if (mark) cuts.push(shape("path", { d: mark.cut, fill: "#000" }));
  const parts = [
    shape("title", {}, title),
    shape(
      "mask",
      { id, maskUnits: "userSpaceOnUse", x: 0, y: 0, width: 24, height: 24 },
      shape("rect", { width: 24, height: 24, fill: "#fff" }),
      ...cuts,
    ),
    shape(
      "g",
      { class: "globe", mask: `url(#${id})` },
      ...GLOBE.map((d, at) => shape("path", { d, "stroke-width": at ? 1.6 : 2 })),
    ),
  ];
  if (conflict) {
    parts.push(
      shape("path", { d: TRIANGLE, class: "warning" }),
      shape("path", { d: "M17 13.9v2.9M17 19.9v.5", class: "exclamation" }),
    );
  } else if (known) {
    const person = state === "NO_EMAIL" ? "person outline" : "person";
    parts.push(shape("circle", { ...HEAD, class: person }), shape("path", { d: SHOULDERS, class: person }));
  }
  if (mark?.fill) parts.push(shape("path", { d: mark.fill, class: "mark filled" }));
  if (mark?.inner) parts.push(shape("path", { d: mark.inner, class: "inner" }));
  if (mark?.stroke) parts.push(shape("path", { d: mark.stroke, class: "mark" }));
  return shape(
    "svg",
    { viewBox: "0 0 24 24", part: "icon", class: state, "aria-hidden": "true", focusable: "false" },
    ...parts,
  );
}

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: inline-block; position: relative; max-width: 100%; vertical-align: middle;
  --gray: var(--portal-status-gray, #6d7883); --blue: var(--portal-status-blue, #2673c8); --red: var(--portal-status-warning, #d0252b);
  --surface: var(--portal-status-surface, #ffffff); --ink: var(--portal-status-ink, #16202a); --line: var(--portal-status-line, #6b7884);
  --accent: var(--portal-status-accent, #1d4f7c); --on-accent: var(--portal-status-on-accent, #ffffff);
  --bad: var(--portal-status-warning, #a6151b); --focus: var(--portal-status-focus, var(--accent)); --radius: var(--portal-status-radius, 6px); }
@supports (color: light-dark(red, red)) { :host {
  --gray: var(--portal-status-gray, light-dark(#66717c, #a3afba)); --blue: var(--portal-status-blue, light-dark(#1863b0, #7db8f5));
  --red: var(--portal-status-warning, light-dark(#c0161c, #ff8f87)); --surface: var(--portal-status-surface, light-dark(#ffffff, #1b2127));
  --ink: var(--portal-status-ink, light-dark(#16202a, #eef2f5)); --line: var(--portal-status-line, light-dark(#6b7884, #8895a1));
  --accent: var(--portal-status-accent, light-dark(#1d4f7c, #9cc4ec)); --on-accent: var(--portal-status-on-accent, light-dark(#ffffff, #06121d));
  --bad: var(--portal-status-warning, light-dark(#a6151b, #ffa49c)); } }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
button { font: inherit; cursor: pointer; }
.icon { display: inline-flex; align-items: center; gap: 8px; min-height: var(--portal-status-target, 32px); min-width: var(--portal-status-target, 32px);
  max-width: 100%; padding: 2px 6px; border: 2px solid transparent; border-radius: var(--radius); background: transparent; color: inherit; text-align: start; }
@media (pointer: coarse) { .icon { min-height: var(--portal-status-target, 44px); min-width: var(--portal-status-target, 44px); } }
.icon:hover { border-color: currentcolor; }
.icon[aria-busy] { cursor: progress; }
.icon.blocked { cursor: help; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
:host([display="icon"]) .text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:host([display="icon"]) .icon { justify-content: center; padding: 2px; }
svg { flex: none; width: var(--portal-status-size, 24px); height: var(--portal-status-size, 24px); overflow: visible; pointer-events: none;
  fill: none; stroke-linecap: round; stroke-linejoin: round; stroke-width: 2; }
.globe { stroke: var(--gray); }
.INVITED .globe, .ACCOUNT_NOT_LINKED .globe, .LINKED .globe { stroke: var(--blue); }
.loading .globe, .failed .globe, .ended .globe, .missing .globe { stroke-dasharray: 2 3; }
.person { fill: var(--portal-status-person, currentcolor); }
.person.outline { fill: none; stroke: var(--gray); stroke-width: 1.6; }
.mark { stroke: var(--portal-status-person, currentcolor); stroke-width: 2.4; }
.mark.filled { fill: var(--portal-status-person, currentcolor); stroke: none; }
.inner { stroke: var(--surface); stroke-width: 1.6; }
.warning { fill: var(--red); stroke: var(--red); stroke-width: 1.6; }
.exclamation { stroke: var(--surface); stroke-width: 2; }
.tip { position: fixed; inset: auto; margin: 0; z-index: 2147483647; width: max-content; max-width: min(24rem, calc(100vw - 16px)); padding: 8px 12px;
  border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--ink); box-shadow: 0 4px 20px rgb(0 0 0 / .25);
  font-size: max(1em, 14px); line-height: 1.45; font-weight: 400; text-align: start; white-space: normal; overflow-wrap: anywhere; }
.tip p { margin: 0; } .tip p + p { margin-top: 6px; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
dialog { width: min(32rem, calc(100vw - 16px)); max-height: calc(100vh - 32px); overflow: auto; padding: 24px; border: 1px solid var(--line);
  border-radius: var(--radius); background: var(--surface); color: var(--ink); box-shadow: 0 8px 40px rgb(0 0 0 / .35); overflow-wrap: anywhere;
  font-size: max(1em, 16px); font-weight: 400; line-height: 1.5; text-align: start; white-space: normal; }
dialog::backdrop { background: rgb(10 16 22 / .55); }
h2 { width: fit-content; margin: 0 0 12px; font-size: 1.25em; line-height: 1.3; outline-offset: 4px; } h2:focus:not(:focus-visible) { outline: none; }
dialog p { margin: 0 0 12px; }
.address { padding: 8px 12px; border: 2px solid var(--line); border-radius: var(--radius); font-size: 1.125em; font-weight: 650; }
.note { padding: 8px 12px; border-inline-start: 6px solid var(--line); }
.error { padding: 8px 12px; border: 2px solid var(--bad); border-inline-start-width: 8px; border-radius: var(--radius); }
label, legend { display: block; margin-bottom: 4px; font-weight: 650; } fieldset { margin: 0 0 12px; padding: 0; border: 0; min-width: 0; }
label.pick { display: flex; gap: 12px; align-items: center; min-height: 44px; margin: 0; font-weight: 400; } input { width: 24px; height: 24px; margin: 0; flex: none; accent-color: var(--accent); }
select { width: 100%; min-height: 44px; margin-bottom: 16px; padding: 8px 12px; border: 2px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--ink); font: inherit; }
.buttons { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
.buttons button, .buttons a { display: inline-flex; align-items: center; min-height: 44px; padding: 8px 16px; border: 2px solid var(--line); border-radius: var(--radius);
  background: transparent; color: var(--ink); font: inherit; text-decoration: none; text-align: start; }
.buttons .primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 650; }
.buttons [aria-disabled] { opacity: .65; cursor: progress; }
@media (forced-colors: active) {
  .globe, .person.outline, .INVITED .globe, .ACCOUNT_NOT_LINKED .globe, .LINKED .globe { stroke: ButtonText; }
  .NO_EMAIL .globe { stroke: GrayText; } .person.outline { stroke: GrayText; }
  .person, .mark.filled { fill: ButtonText; } .mark { stroke: ButtonText; }
  .warning { fill: ButtonText; stroke: ButtonText; } .inner, .exclamation { stroke: ButtonFace; }
  .buttons .primary { border-width: 4px; }
}
@media print { .icon { border: 0; } .tip, dialog { display: none; } }
`);

/* ---------------------------------------------------------------- asking */

const page = { endpoint: null, token: null, lang: null, onUnauthenticated: null };
const shown = new Set();
const waiting = new Map();
let flushing = null;

// What went wrong, as one of the words above, or in the server's own.
class Refusal extends Error {
  constructor(kind, message = "", details = {}) {
    super(message || kind);
    Object.assign(this, { kind, details, said: message });
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function ask(place, query, variables, patient = true) {
  for (let attempt = 0, renewed = false; ; ) {
    try {
      return await once(place, query, variables, renewed);
    } catch (problem) {
      if (problem.kind === "unauthenticated" && !renewed) renewed = true;
      else if (problem.kind === "unauthenticated") {
        place.onUnauthenticated?.();
        throw problem;
      } else if (problem.kind !== "offline" || !patient || attempt >= WAITS.length) throw problem;
      else await pause(WAITS[attempt++] * (0.75 + Math.random() / 2));
    }
  }
}

async function once({ endpoint, token, lang }, query, variables, expired) {
  // A page that can't fetch a token is offline, as `fetch` says by a TypeError; one that has none is signed out.
  const bearer = await (async () => token?.({ expired }))().catch((problem) => {
    throw new Refusal(problem instanceof TypeError ? "offline" : "unauthenticated");
  });
  if (!bearer) throw new Refusal("unauthenticated");
  let answer, said;
  try {
    answer = await fetch(endpoint, {
      method: "POST",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json",
        "Accept-Language": lang,
        Authorization: `Bearer ${bearer}`,
      },
      body: JSON.stringify({ query, variables }),
    });
    said = await answer.json().catch(() => null);
  } catch {
    throw new Refusal("offline");
  }
  const code = said?.errors?.[0]?.extensions?.code;
  if (answer.status === 401 || code === "UNAUTHENTICATED") throw new Refusal("unauthenticated");
  if ([502, 503, 504].includes(answer.status)) throw new Refusal("offline");
  if (answer.status === 429 || code === "RATE_LIMITED") throw new Refusal("busy");
  if (code === "FORBIDDEN") throw new Refusal("NotPermitted");
  if (!said?.data || said.errors) throw new Refusal("broken");
  return said.data;
}

// One request for all icons that want to know at the same moment, in the same place and the same language.
function want(element) {
  return new Promise((resolve) => {
    waiting.set(element, [...(waiting.get(element) ?? []), resolve]);
    flushing ??= setTimeout(flush, 0);
  });
}

async function flush() {
  flushing = null;
  const asked = [...waiting];
  waiting.clear();
  const places = [];
  for (const [element, told] of asked) {
    const where = element.place;
    // Not on the page any more, or the page has not said yet where to ask.
    if (!element.isConnected || !element.contactId || !where.endpoint || !where.token) {
      told.forEach((tell) => tell());
      continue;
    }
    let group = places.find(({ where: one }) => ["endpoint", "token", "lang"].every((key) => one[key] === where[key]));
    if (!group) places.push((group = { where, ids: new Map() }));
    const id = element.contactId;
    group.ids.set(id, [...(group.ids.get(id) ?? []), { element, told }]);
  }
  await Promise.all(places.map(({ where, ids }) => readAll(where, ids)));
}

async function readAll(where, wanted) {
  const ids = [...wanted.keys()];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE);
    let found = [],
      problem = null;
    try {
      found = (await ask(where, READ, { ids: some })).nodes;
    } catch (trouble) {
      problem = trouble;
    }
    some.forEach((id, number) => {
      for (const { element, told } of wanted.get(id)) {
        // Switched to the other language meanwhile: what came is not what this icon speaks now.
        const foreign = element.place.lang !== where.lang && !problem;
        if (element.contactId === id && !foreign) element.receive(problem ? null : found[number], problem);
        Promise.resolve(foreign && want(element)).then(() => told.forEach((tell) => tell()));
      }
    });
  }
}

// One key for one intention, kept until its answer has come: a lost answer and a second click do nothing twice.
class Intent {
  #asked = null;
  #key = null;
  async run(place, name, input) {
    const asked = JSON.stringify([name, input]);
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        byte.toString(16).padStart(2, "0"),
      ).join("");
    }
    // Taking back has no key: done twice it is refused, which says that it was done.
    const keyed = name === "revokePortalInvitation" ? input : { ...input, idempotencyKey: this.#key };
    const { answer } = await ask(place, mutation(name), { input: keyed }, name !== "revokePortalInvitation");
    this.#asked = null;
    if (!answer.__typename.endsWith("Success")) throw new Refusal(answer.__typename, answer.message, answer);
    return answer;
  }
}

/* ---------------------------------------------------------------- the element */

function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let numbers = 0;

class PortalStatusElement extends HTMLElement {
  static observedAttributes = ["contact-id", "contact-name", "lang", "display"];
  #status = null;
  #contact = null;
  #problem = null;
  #answered = false;
  #given = false; // by the page: nobody is asked
  #said = null; // the language of the status's sentences
  #own = { endpoint: null, token: null };
  #intent = new Intent();
  #about = null; // the contact that was asked about, one for each click: its answers are nobody else's
  #busy = false;
  #quiet = false;
  #timer = 0;
  #tipEnds = null;
  #button = make("button", { type: "button", class: "icon", part: "button", "aria-describedby": "tip" });
  #tip = make("div", { id: "tip", class: "tip", part: "tooltip", role: "tooltip", hidden: true });
  #spoken = make("div", { class: "spoken", role: "status" });
  #dialog = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHEET];
    if ("popover" in this.#tip) this.#tip.popover = "manual";
    root.append(this.#button, this.#tip, this.#spoken);
    this.#button.addEventListener("click", () => this.#clicked());
    this.#button.addEventListener("focus", () => {
      if (!this.#quiet && this.#button.matches(":focus-visible")) this.#showTip();
    });
    this.#button.addEventListener("blur", () => this.#hideTip());
    this.addEventListener(
      "pointerenter",
      (event) => event.pointerType !== "touch" && this.#soon(() => this.#showTip(), 120),
    );
    // A moment's grace, so that the pointer can travel onto the words and stay there.
    this.addEventListener("pointerleave", () => this.#soon(() => this.#hideTip(), 250));
    this.#button.addEventListener(
      "pointerdown",
      (event) => event.pointerType === "touch" && this.#soon(() => this.#showTip(), 400),
    );
  }

  get contactId() {
    return this.getAttribute("contact-id") ?? "";
  }
  get endpoint() {
    return this.place.endpoint;
  }
  set endpoint(value) {
    this.#own.endpoint = value;
    if (this.isConnected) want(this);
  }
  set token(value) {
    this.#own.token = value;
    if (this.isConnected) want(this);
  }
  get place() {
    const endpoint = this.#own.endpoint ?? this.getAttribute("endpoint") ?? page.endpoint;
    return {
      endpoint,
      token: this.#own.token ?? page.token,
      lang: this.#language,
      onUnauthenticated: page.onUnauthenticated,
    };
  }
  get status() {
    return this.#status;
  }
  set status(value) {
    this.#given = true;
    this.receive({ id: this.contactId, portalStatus: value });
  }

  connectedCallback() {
    shown.add(this);
    this.#render();
    const foreign = !this.#given && this.#said !== this.#language;
    if (this.contactId && (!this.#status || foreign)) want(this);
  }
  disconnectedCallback() {
    shown.delete(this);
    this.#hideTip();
    this.#dialog?.close();
  }
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "contact-id") {
      this.#status = this.#contact = this.#problem = null;
      this.#answered = this.#given = false;
      this.#about = null;
      this.#intent = new Intent();
      this.#dialog?.close();
      if (this.isConnected && now) want(this);
    } else if (name === "lang" && this.isConnected && this.contactId && !this.#given) {
      want(this);
    }
    if (this.isConnected) this.#render();
  }

  focus(options) {
    this.#button.focus(options);
  }

  // Asks again; resolves when the answer is shown.
  refresh() {
    return want(this);
  }

  // What the server said of this contact; null where there is no such record, or with what went wrong.
  receive(contact, problem = null) {
    const before = this.#status;
    this.#answered = true;
    this.#problem = problem;
    if (problem && before) return;
    const switched = this.#said !== this.#language;
    this.#said = this.#language;
    this.#contact = contact?.portalStatus ? { ...this.#contact, ...contact } : null;
    this.#status = contact?.portalStatus ? { ...contact.portalStatus } : null;
    this.#render();
    // The same in the other language is no change.
    const told = (status) =>
      JSON.stringify(switched && status ? { ...status, summary: "", blockedReason: "" } : status);
    if (before && told(before) !== told(this.#status)) {
      const detail = { contactId: this.contactId, status: this.#status, previous: before };
      this.dispatchEvent(new CustomEvent("portal-status-change", { bubbles: true, composed: true, detail }));
    }
  }

  get #name() {
    return this.#contact?.displayName || this.getAttribute("contact-name") || this.#t("somebody");
  }
  get #language() {
    const tag = this.lang || page.lang || document.documentElement.lang;
    return String(tag).toLowerCase().startsWith("es") ? "es" : "en";
  }
  #t(key, values = {}) {
    return (WORDS[this.#language][key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? this.#nameFor(name));
  }
  #nameFor(key) {
    return key === "name" ? this.#name : "";
  }
  get #shownState() {
    if (this.#status) return STATES.includes(this.#status.state) ? this.#status.state : "failed";
    if (this.#problem) return this.#problem.kind === "unauthenticated" ? "ended" : "failed";
    return this.#answered ? "missing" : "loading";
  }

  #render() {
    const state = this.#shownState;
    const words = this.#t(state);
    const status = this.#status;
    const does = status?.action
      ? this.#t(status.action)
      : state === "failed" || state === "ended"
        ? this.#t("retry")
        : "";
    const then = does || (status?.blockedReason ? this.#t("why") : "");
    const named = this.getAttribute("contact-name") || this.#contact?.displayName;
    this.#button.replaceChildren(draw(state, words), make("span", { class: "text", part: "text" }, words));
    this.#button.setAttribute("aria-label", [named ? `${words}, ${named}` : words, then].filter(Boolean).join(". "));
    this.#button.classList.toggle("blocked", Boolean(status && !status.action));
    this.#working(this.#busy);
    this.#tip.replaceChildren(
      ...(status
        ? [
            this.getAttribute("display") === "icon" && make("p", {}, make("strong", {}, words)),
            make("p", { lang: this.#said }, status.summary ?? ""),
            status.blockedReason && make("p", { lang: this.#said }, status.blockedReason),
          ].filter(Boolean)
        : [make("p", {}, words)]),
    );
  }

  /* -------------------------------------------------------------- the tooltip (WCAG 2.2, 1.4.13) */

  #soon(work, milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, milliseconds);
  }

  #showTip() {
    clearTimeout(this.#timer);
    if (this.#tipEnds || this.#dialog || !this.isConnected) return;
    this.#tipEnds = new AbortController();
    const { signal } = this.#tipEnds;
    this.#tip.hidden = false;
    this.#tip.showPopover?.();
    this.#placeTip();
    addEventListener("scroll", () => this.#placeTip(), { capture: true, passive: true, signal });
    addEventListener("pointerdown", (event) => event.composedPath().includes(this) || this.#hideTip(), { signal });
    const dismiss = (event) => {
      if (event.key !== "Escape") return;
      // Esc takes the words away; what lies behind them has its own Esc afterwards.
      if (this.matches(":focus-within")) {
        event.preventDefault();
        event.stopPropagation();
      }
      this.#hideTip();
    };
    addEventListener("keydown", dismiss, { capture: true, signal });
  }

  #placeTip() {
    const { style } = this.#tip;
    const icon = this.#button.getBoundingClientRect();
    const tip = this.#tip.getBoundingClientRect();
    const below = icon.bottom + 6 + tip.height <= innerHeight || icon.top < tip.height + 6;
    style.top = `${Math.max(4, below ? icon.bottom + 6 : icon.top - 6 - tip.height)}px`;
    style.left = `${Math.max(8, Math.min(icon.left, innerWidth - tip.width - 8))}px`;
  }

  #hideTip() {
    clearTimeout(this.#timer);
    if (!this.#tipEnds) return;
    this.#tipEnds.abort();
    this.#tipEnds = null;
    if (this.#tip.isConnected) this.#tip.hidePopover?.();
    this.#tip.hidden = true;
  }

  /* -------------------------------------------------------------- the click */

  async #clicked() {
    if (this.#busy || !this.contactId || !this.place.endpoint) return this.#say();
    if (this.#shownState === "failed" || this.#shownState === "ended") return this.refresh();
    this.#working(true);
    const about = (this.#about = { id: this.contactId });
    try {
      // What is shown may be old: what is asked of the person is true at this moment.
      const found = await ask(this.place, OPEN, { ids: [about.id] });
      if (about !== this.#about) return;
      const contact = found.nodes[0];
      if (contact) apply(contact);
      else this.receive(null);
      const action = this.#status?.action;
      if (action === "CREATE_ACCOUNT") this.#create(contact, found.organization);
      else if (action === "LINK_ACCOUNT") await this.#link();
      else if (action === "PRINT_INSTRUCTIONS") this.#offerSheet();
      else this.#say();
    } catch (problem) {
      if (about === this.#about) this.#failed("lookFailed", problem, () => this.#clicked());
    } finally {
      this.#working(false);
    }
  }

  #working(busy) {
    this.#busy = busy;
    if (busy || this.#shownState === "loading") this.#button.setAttribute("aria-busy", "true");
    else this.#button.removeAttribute("aria-busy");
  }

  // Nothing is done: the words say why, to eyes and ears.
  #say() {
    this.#showTip();
    this.#spoken.replaceChildren();
    this.#soon(() => this.#spoken.append(...[...this.#tip.children].map((line) => line.cloneNode(true))), 50);
  }

  #create(contact, organization) {
    const place = contact.currentEpisode?.facility?.name;
    const senders = [
      ["AUTOMATIC", place ?? organization?.name ?? "--"],
      ...(place ? [["ORGANIZATION", organization?.name ?? ""]] : []),
      ["DISCREET", ""],
    ];
    const sender = make(
      "select",
      { id: "sender" },
      senders.map(([value, name]) => make("option", { value }, this.#t(value, { place: name }))),
    );
    this.#step(
      this.#t("createAsk"),
      [
        make("p", {}, this.#t("createAddress")),
        make("p", { class: "address", part: "address" }, contact.email ?? ""),
        this.#status.addressOnOtherRecord && make("p", { class: "note", part: "note" }, this.#t("createShared")),
        make("label", { for: "sender" }, this.#t("sender")),
        sender,
      ],
      [
        [
          this.#t("createYes"),
          async () => {
            const answer = await this.#run("createPortalAccount", { sender: sender.value });
            const { email } = answer.contact.portalStatus.account ?? answer.contact;
            this.#offerSheet(this.#t("created"), this.#t("createdBody", { email }));
          },
        ],
        [this.#t("cancel"), null],
      ],
    );
  }

  async #link(accountId = null) {
    try {
      const { contact } = await this.#run("linkPortalAccount", accountId ? { accountId } : {});
      const { email } = contact.portalStatus.account ?? contact;
      this.#offerSheet(this.#t("linked"), this.#t("linkedBody", { email }));
    } catch (problem) {
      if (problem.kind === "SeveralAccounts") this.#choose(problem.details.accounts);
      else if (accountId) throw problem;
      else this.#failed("linkFailed", problem, () => this.#link());
    }
  }

  #choose(accounts) {
    const pick = ({ id, email }, at) => {
      const radio = make("input", { type: "radio", name: "account", value: id });
      radio.checked = at === 0;
      return make("label", { class: "pick" }, radio, email);
    };
    const choice = make("fieldset", {}, make("legend", {}, this.#t("chooseAsk")), accounts.map(pick));
    this.#step(
      this.#t("LINK_ACCOUNT"),
      [choice],
      [
        [this.#t("LINK_ACCOUNT"), () => this.#link(choice.querySelector(":checked").value)],
        [this.#t("cancel"), null],
      ],
    );
  }

  // Printing is offered after creating and linking, and by itself; with an invitation, what else can be done stands beside it.
  #offerSheet(title = null, body = null) {
    const allowed = title ? [] : (this.#status.alsoAllowed ?? []);
    this.#step(
      title ?? this.#t("printAsk"),
      [make("p", body ? {} : { lang: this.#said }, body ?? this.#status.summary), make("p", {}, this.#t("printBody"))],
      [
        [this.#t("printYes"), () => this.#print()],
        allowed.includes("RESEND_INVITATION") && [
          this.#t("resend"),
          async () => {
            await this.#run("resendPortalInvitation", {});
            this.#step(
              this.#t("resent"),
              [make("p", { lang: this.#said }, this.#status.summary)],
              [[this.#t("close"), null]],
            );
          },
        ],
        allowed.includes("REVOKE_INVITATION") && [this.#t("revoke"), () => this.#revoke()],
        [this.#t(title ? "notNow" : "cancel"), null],
      ],
    );
  }

  #revoke() {
    this.#step(
      this.#t("revokeAsk"),
      [make("p", {}, this.#t("revokeBody"))],
      [
        [
          this.#t("revoke"),
          async () => {
            await this.#run("revokePortalInvitation", {});
            this.#step(this.#t("revoked"), [], [[this.#t("close"), null]]);
          },
        ],
        [this.#t("cancel"), null],
      ],
    );
  }

  async #print() {
    // Opened within the click, or the browser would take it for an advertisement.
    const sheet = window.open("", "_blank");
    if (sheet) {
      sheet.opener = null;
      sheet.document.body.textContent = this.#t("working");
    }
    let address;
    try {
      const { url } = await this.#run("printPortalInstructions", {});
      address = new URL(url, location.href);
      if (!/^https?:$/.test(address.protocol)) throw new Refusal("broken");
    } catch (problem) {
      sheet?.close();
      throw problem;
    }
    sheet?.location.replace(address.href);
    const again = make(
      "a",
      {
        href: address.href,
        target: "_blank",
        rel: "noopener noreferrer",
        part: sheet ? "secondary" : "primary",
        class: sheet ? null : "primary",
      },
      this.#t("openSheet"),
    );
    this.#step(
      this.#t(sheet ? "printed" : "sheetReady"),
      [make("p", {}, this.#t("printedBody"))],
      [[this.#t("close"), null]],
      again,
    );
  }

  async #run(name, input) {
    const about = this.#about;
    try {
      const answer = await this.#intent.run(this.place, name, { contactId: about.id, ...input });
      apply(answer.contact);
      // Another contact may bear the same address: its icon changes with this one's.
      if (name !== "printPortalInstructions") refresh();
      return answer;
    } finally {
      // The page has gone on to another contact: what was asked is done, and nothing is said of it here.
      if (about !== this.#about) throw new Refusal("left");
    }
  }

  #failed(title, problem, again) {
    if (problem.kind === "left") return;
    this.#step(
      this.#t(title),
      [this.#alert(problem)],
      [
        [
          this.#t("again"),
          async () => {
            this.#dialog?.close();
            await again();
          },
        ],
        [this.#t("close"), null],
      ],
    );
  }

  #alert(problem) {
    const known = this.#t(problem.kind);
    if (!known && !problem.said) console.error(problem);
    const foreign = !known && this.#language !== "en" ? "en" : null;
    return make(
      "p",
      { class: "error", part: "error", role: "alert", tabindex: "-1", lang: foreign },
      known || problem.said || this.#t("broken"),
    );
  }

  // One thing to answer in the dialog. `buttons`: what each says and does, the first one being what was asked for; null closes.
  #step(title, body, buttons, ...more) {
    if (!this.isConnected) return;
    this.#hideTip();
    const heading = make("h2", { id: "heading", part: "heading", tabindex: "-1" }, title);
    const problem = make("div");
    const row = make("div", { class: "buttons" });
    let working = false;
    const press = async (button, label, work) => {
      if (working) return;
      if (!work) return this.#dialog?.close();
      working = true;
      problem.replaceChildren();
      button.textContent = this.#t("working");
      for (const one of row.querySelectorAll("button")) one.setAttribute("aria-disabled", "true");
      try {
        await work();
      } catch (trouble) {
        if (trouble.kind === "left") return;
        problem.replaceChildren(this.#alert(trouble));
        problem.firstChild.focus();
      } finally {
        working = false;
        button.textContent = label;
        for (const one of row.querySelectorAll("button")) one.removeAttribute("aria-disabled");
      }
    };
    buttons.filter(Boolean).forEach(([label, work], at) => {
      const main = at === 0 && work;
      const button = make(
        "button",
        {
          type: "button",
          class: main ? "primary" : null,
          part: main ? "primary" : "secondary",
          onclick: () => press(button, label, work),
        },
        label,
      );
      row.append(button);
    });
    row.prepend(...more);
    const dialog = this.#dialog ?? this.#opened();
    dialog.replaceChildren(heading, ...body.filter(Boolean), problem, row);
    if (!dialog.open) dialog.showModal();
    heading.focus();
  }

  #opened() {
    const dialog = make("dialog", { part: "dialog", "aria-labelledby": "heading", lang: this.#language });
    // Esc is the dialog's own: what the host page does with it is not meant.
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (this.#dialog === dialog) this.#dialog = null;
      this.#quiet = true;
      // Unless the person has gone on to something else meanwhile.
      const at = document.activeElement;
      if (this.isConnected && (!at || at === document.body || this.contains(at) || at.contains(this)))
        this.#button.focus();
      this.#quiet = false;
    });
    this.#dialog = dialog;
    this.shadowRoot.append(dialog);
    return dialog;
  }
}

/* ---------------------------------------------------------------- for the page */

// endpoint: the address of POST /graphql. token({ expired }): yields an access token, a new one where the last was
// refused. lang: "en" or "es". onUnauthenticated(): called when even a new token is refused.
export function configure(settings) {
  Object.assign(page, settings);
  for (const element of shown) element.refresh();
}

// Asks again, for some contacts or for all icons on the page. Resolves when the answers are shown.
export function refresh(ids = null) {
  const some = ids && new Set(ids);
  return Promise.all([...shown].filter((one) => !some || some.has(one.contactId)).map((one) => one.refresh()));
}

// A contact that the page has just read with `id portalStatus { state icon summary action blockedReason }`.
export function apply(contact) {
  for (const element of shown) if (element.contactId === contact.id) element.receive(contact);
}

if (!customElements.get("portal-status")) customElements.define("portal-status", PortalStatusElement);
