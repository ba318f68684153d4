// A plain client of POST /graphql. The tokens live in this page's memory only and go with it.

const STATUS = "state icon summary action blockedReason letter account { email registeredAt }";
/** @type {[name: string, operation: string, variables: (contactId: string) => Record<string, unknown>][]} */
const EXAMPLES = [
  [
    "Find a contact",
    `query Find($search: String) {
  contacts(search: $search, first: 10) {
    totalCount
    nodes { id displayName email portalStatus { ${STATUS} } }
  }
}`,
    () => ({ search: "Omar" }),
  ],
  [
    "Today's calendar",
    `query Today($from: DateTime!, $to: DateTime!) {
  appointments(from: $from, to: $to, first: 50) {
    totalCount
    nodes { startsAt endsAt facility { name } contact { id displayName portalStatus { state icon summary } } }
  }
}`,
    today,
  ],
  [
    "Who is stuck",
    `query Stuck($states: [PortalState!]) {
  contacts(portalState: $states) {
    totalCount
    nodes { id displayName portalStatus { state summary } }
  }
}`,
    () => ({ states: ["INVITED", "EMAIL_CONFLICT"] }),
  ],
  [
    "Status of one contact",
    `query Status($id: ID!) {
  contact(id: $id) {
    displayName dateOfBirth emails portalPin
    portalStatus { ${STATUS} }
    portalLinks { nodes { email linkedAt linkedHow unlinkedAt } }
    currentEpisode { facility { name } }
  }
}`,
    (id) => ({ id }),
  ],
  [
    "Create the portal account",
    `mutation Create($input: CreatePortalAccountInput!) {
  createPortalAccount(input: $input) {
    __typename
    ... on CreatePortalAccountSuccess { account { email } contact { id portalStatus { ${STATUS} } } }
    ... on UserError { code message }
  }
}`,
    (id) => ({ input: { contactId: id, sender: "AUTOMATIC" } }),
  ],
  [
    "Print the instructions",
    `mutation Print($input: PrintPortalInstructionsInput!) {
  printPortalInstructions(input: $input) {
    __typename
    ... on PrintPortalInstructionsSuccess { url contact { id displayName } }
    ... on UserError { code message }
  }
}`,
    (id) => ({ input: { contactId: id } }),
  ],
];

/**
 * The page's element of this id.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function the(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id}`);
  return found;
}

/** @param {string} id */
const element = (id) => the(id, HTMLElement);
/** @param {string} id */
const input = (id) => the(id, HTMLInputElement);
/** @param {string} id */
const text = (id) => the(id, HTMLTextAreaElement);

/** @typedef {{ accessToken: string, refreshToken: string, viewer: { name: string, permissions: string[] } }} Session */
/** @type {Session | null} */
let session = null;
let lastContact = "";

function today() {
  const from = new Date();
  from.setHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return { from: from.toISOString(), to: to.toISOString() };
}

/**
 * @param {string} query
 * @param {Record<string, unknown>} variables
 */
async function post(query, variables) {
  /** @type {Record<string, string>} */
  const headers = { "Content-Type": "application/json", Accept: "application/graphql-response+json" };
  if (session) headers.Authorization = `Bearer ${session.accessToken}`;
  const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return { status: response.status, body: await response.json() };
}

const SIGN_IN = `mutation SignIn($input: SignInStaffInput!) {
  signInStaff(input: $input) {
    ... on SignInSuccess { accessToken refreshToken viewer { ... on StaffMember { name permissions } } }
    ... on UserError { message }
  }
}`;

const REFRESH = `mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) { ... on SignInSuccess { accessToken refreshToken } }
}`;

/** @param {SubmitEvent} event */
async function signIn(event) {
  event.preventDefault();
  element("sign-in-error").textContent = "";
  const typed = Object.fromEntries(["organization", "email", "password"].map((name) => [name, input(name).value]));
  try {
    const { body } = await post(SIGN_IN, { input: typed });
    const answer = body.data?.signInStaff;
    if (!answer?.accessToken) throw new Error(answer?.message ?? body.errors?.[0]?.message);
    session = answer;
    input("password").value = "";
    show(true);
  } catch (problem) {
    element("sign-in-error").textContent =
      (problem instanceof Error && problem.message) || "The API did not answer. Is it running?";
    element("password").focus();
  }
}

/** @param {boolean} signedIn */
function show(signedIn) {
  element("sign-in").hidden = signedIn;
  element("work").hidden = !signedIn;
  const viewer = signedIn ? session?.viewer : null;
  element("who").textContent = viewer
    ? `${viewer.name}: ${viewer.permissions.join(", ") || "no permission"}`
    : "Not signed in";
  element(signedIn ? "operation" : "email").focus();
}

/**
 * @param {string} query
 * @param {Record<string, unknown>} variables
 */
async function ask(query, variables) {
  let answer = await post(query, variables);
  if (answer.status === 401 && session) {
    const old = session;
    session = null;
    const renewed = (await post(REFRESH, { input: { refreshToken: old.refreshToken } })).body.data?.refreshSession;
    if (!renewed?.accessToken) {
      show(false);
      return answer;
    }
    session = { ...old, ...renewed };
    answer = await post(query, variables);
  }
  return answer;
}

async function run() {
  const answer = element("answer");
  answer.textContent = "Asking…";
  element("sheet").replaceChildren();
  try {
    const { body } = await ask(text("operation").value, JSON.parse(text("variables").value || "{}"));
    answer.textContent = JSON.stringify(body, null, 2);
    remember(body);
  } catch (problem) {
    answer.textContent =
      problem instanceof SyntaxError
        ? `The variables are not JSON: ${problem.message}`
        : "The API did not answer. Is it running?";
  }
}

/** @param {any} body */
function remember(body) {
  const found = /"id":\s*"(Q29udGFjd[^"]+)"/.exec(JSON.stringify(body)); // ids of contacts begin so
  if (found) lastContact = found[1] ?? "";
  const url = body.data?.printPortalInstructions?.url;
  if (url) {
    const link = Object.assign(document.createElement("a"), {
      href: url,
      target: "_blank",
      rel: "noopener",
      textContent: "Open the printed instructions",
    });
    element("sheet").append(link);
  }
}

for (const [name, operation, variables] of EXAMPLES) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
  button.addEventListener("click", () => {
    text("operation").value = operation;
    text("variables").value = JSON.stringify(variables(lastContact), null, 2);
  });
  element("examples").append(button);
}
element("examples").querySelector("button")?.click();
element("sign-in-form").addEventListener("submit", signIn);
element("run").addEventListener("click", run);
element("sign-out").addEventListener("click", async () => {
  await ask("mutation { signOut }", {});
  session = null;
  show(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey && !element("work").hidden) run();
});
