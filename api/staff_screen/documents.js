// A client's documents with their globes: gray, shared with nobody; blue, with all authorized; orange, with chosen people.

import { dialog, empty, h, notice, section, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { change, learn, may, query, token } from "./session.js";
import { Intent, Trouble } from "./transport.js";
import { t } from "./words.js";
import { openSharing } from "./sharing.js";

const LARGEST = 25 * 1024 * 1024;
const PAGE = `query ($id: ID!, $after: String) { contact(id: $id) { documents(first: 20, after: $after) {
  nodes { id title pageCount sharing recipients { id displayName } signatureState url completedUrl } pageInfo { hasNextPage endCursor } } } }`;
const CREATE = `mutation ($input: CreateDocumentInput!) { answer: createDocument(input: $input) { __typename
  ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;

export function documents(contact, signal) {
  const list = h("ul", { class: "plain" });
  const more = h("div", { class: "more" });
  const body = h("div", { role: "region", "aria-label": t("documents") }, h("p", { class: "soft" }, t("loading")));
  const card = section(t("documents"), body);
  card.classList.add("wide");

  async function draw(after = null) {
    try {
      const page = (await query(PAGE, { id: contact.id, after }, { signal })).contact.documents;
      if (!after) list.replaceChildren();
      list.append(...page.nodes.map((one) => entry(one, contact, draw)));
      more.replaceChildren(
        page.pageInfo.hasNextPage
          ? h("button", { type: "button", class: "quiet", onclick: () => draw(page.pageInfo.endCursor) }, t("more"))
          : "",
      );
      body.replaceChildren(
        list.children.length ? list : empty(t("noDocuments")),
        more,
        offers(contact, list.children.length > 0, draw),
      );
    } catch (problem) {
      if (signal.aborted) return;
      body.replaceChildren(
        problem.kind === "input" ? h("p", {}, t("documentsMissing")) : trouble(problem, () => draw(after)),
      );
    }
  }

  draw();
  return card;
}

function entry(one, contact, again) {
  const pages = one.pageCount === 1 ? t("onePage") : t("pages", { count: one.pageCount });
  const shared =
    one.sharing === "NOT_SHARED"
      ? t("NOT_SHARED")
      : `${t(one.sharing)}; ${t("readers", { count: one.recipients.length })}`;
  return h(
    "li",
    { class: "document" },
    globe(one),
    h(
      "div",
      {},
      h(
        "a",
        { href: one.url, target: "_blank", rel: "noopener", "aria-label": t("openDocument", { title: one.title }) },
        one.title,
      ),
      h("p", { class: "soft small" }, `${pages}. ${shared}. ${t(one.signatureState)}.`),
      one.completedUrl && h("a", { href: one.completedUrl, target: "_blank", rel: "noopener" }, t("openSealed")),
    ),
    may("WEB_PORTAL") &&
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": `${t("share")}: ${one.title}`,
          onclick: () => openSharing(one, contact, again),
        },
        t("share"),
      ),
  );
}

const SVG = "http://www.w3.org/2000/svg";

export function globe({ sharing, recipients }) {
  const picture = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "0 0 24 24",
    class: `globe ${sharing}`,
    role: "img",
    "aria-label": t(sharing),
  }))
    picture.setAttribute(name, value);
  const add = (tag, properties, text = "") => {
    const shape = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(properties)) shape.setAttribute(name, value);
    shape.textContent = text;
    picture.append(shape);
  };
  add("circle", { cx: 12, cy: 12, r: 10 });
  if (sharing === "NOT_SHARED") {
    add("path", { d: "M2 12h20M12 2c-7 6-7 14 0 20M12 2c7 6 7 14 0 20" });
  } else {
    if (sharing === "CHOSEN_RECIPIENTS") add("path", { d: "M4 6h16M4 18h16", "stroke-width": 1.5 });
    else add("path", { d: "M12 2c-9 6-9 14 0 20M12 2c9 6 9 14 0 20", "stroke-width": 1.5 });
    add(
      "text",
      {
        x: 12,
        y: 16,
        "text-anchor": "middle",
        fill: "currentColor",
        stroke: "none",
        "font-size": 12,
        "font-weight": 700,
      },
      String(recipients.length),
    );
  }
  return picture;
}

function offers(contact, some, again) {
  if (!may("WEB_PORTAL")) return h("div");
  return h(
    "div",
    { class: "buttons" },
    h("button", { type: "button", class: "quiet", onclick: () => addDocument(contact, again) }, t("addDocument")),
    some &&
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          onclick: async () => (await import("./sharing.js")).shareEverything(contact, again),
        },
        t("shareEverything", { name: contact.displayName }),
      ),
  );
}

function addDocument(contact, again) {
  const intent = new Intent();
  const sent = { file: null, id: null };
  const people = [
    contact,
    ...contact.relationships.filter(({ client }) => client.id === contact.id).map(({ relative }) => relative),
  ];
  const signers = h(
    "fieldset",
    {},
    h("legend", {}, t("signers")),
    h("p", { class: "hint" }, t("signersHint")),
    people.map(({ id, displayName }) =>
      h("label", { class: "pick" }, h("input", { type: "checkbox", name: "-signer", value: id }), displayName),
    ),
  );
  const box = dialog(t("addDocument"), [
    form(
      [
        field({ name: "title", label: t("title"), required: true, maxlength: "200", autocomplete: "off" }),
        field({ name: "text", label: t("documentText"), type: "textarea", hint: t("documentTextHint"), rows: "8" }),
        field({ name: "-file", label: t("documentFile"), type: "file", accept: "application/pdf" }),
        signers,
      ],
      t("addDocument"),
      async (typed) => {
        const [file] = box.querySelector("[type=file]").files;
        // The same file is sent once, however often the button is pressed.
        if (file && sent.file !== file) Object.assign(sent, { file, id: await upload(file) });
        const content = file ? { uploadId: sent.id } : { text: typed.text };
        const signerIds = [...signers.querySelectorAll("input:checked")].map(({ value }) => value);
        await change(CREATE, { contactId: contact.id, title: typed.title, ...content, signerIds }, intent);
        box.close();
        notice(t("documentAdded"));
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
  box.querySelector("input").focus();
}

async function upload(file) {
  if (file.size > LARGEST) throw new Trouble("refused", t("tooLarge"), { type: "" });
  let answer;
  try {
    answer = await fetch("/uploads", {
      method: "POST",
      body: file,
      credentials: "omit",
      headers: { "Content-Type": "application/pdf", Authorization: `Bearer ${await token()}` },
    });
  } catch (problem) {
    throw problem instanceof Trouble ? problem : new Trouble("offline", "");
  }
  const said = await answer.json().catch(() => ({}));
  // A token that was refused is renewed, or the session turns out to be over; then the button can be pressed again.
  if (answer.status === 401) {
    await learn();
    throw new Trouble("busy", "");
  }
  if (!answer.ok) {
    throw new Trouble("refused", t("uploadRefused", { message: said.error?.message ?? answer.status }), { type: "" });
  }
  return said.uploadId;
}
