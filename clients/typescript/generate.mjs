// Writes what is made of ../../schema.graphql and ../operations: the types and documents (src/operations.ts), and the
// manifest of trusted documents (trusted/manifest.json) with the ids that the client sends (src/ids.ts).

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as types from "@graphql-codegen/typescript";
import * as ofOperations from "@graphql-codegen/typescript-operations";
import {
  buildASTSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

const MADE = "// Made by generate.mjs. Don't edit it.\n";
const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const definitions = parse(read("../../schema.graphql"));
const documents = readdirSync(new URL("../operations", import.meta.url))
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((name) => ({ location: name, document: parse(read(`../operations/${name}`)) }));

const config = {
  enumsAsTypes: true,
  // A later API may answer values and members that this client doesn't know.
  futureProofEnums: true,
  scalars: { DateTime: "string", Date: "string" },
  strictScalars: true,
  useTypeImports: true,
  onlyOperationTypes: true,
  skipTypename: true,
  avoidOptionals: { field: true, inputValue: false, object: false, defaultValue: false },
  documentMode: "string",
};

/** The enums and inputs that the operations use. */
function usedNames(schema) {
  const used = new Set();
  const add = (type) => {
    const named = type && getNamedType(type);
    if (!named || used.has(named.name) || !(isEnumType(named) || isInputObjectType(named))) return;
    used.add(named.name);
    if (isInputObjectType(named)) Object.values(named.getFields()).forEach((field) => add(field.type));
  };
  const info = new TypeInfo(schema);
  const look = visitWithTypeInfo(info, {
    Field: () => add(info.getType()),
    VariableDefinition: (node) => add(schema.getType(print(node.type).replace(/[[\]!]/g, ""))),
  });
  for (const { document } of documents) visit(document, look);
  return used;
}

/** The schema without the enums and inputs that nothing here uses, so that a change of them changes nothing here. */
function pruned() {
  const used = usedNames(buildASTSchema(definitions));
  const unused = new Set(
    definitions.definitions
      .filter((node) => ["EnumTypeDefinition", "InputObjectTypeDefinition"].includes(node.kind))
      .map((node) => node.name.value)
      .filter((name) => !used.has(name)),
  );
  const isUnused = (name) => unused.has(name);
  const nameOf = (type) => print(type).replace(/[[\]!]/g, "");
  const drop = (node) => (isUnused(node.name.value) ? null : undefined);
  return visit(definitions, {
    EnumTypeDefinition: drop,
    InputObjectTypeDefinition: drop,
    FieldDefinition: (node) => (isUnused(nameOf(node.type)) ? null : undefined),
    InputValueDefinition: (node) => (isUnused(nameOf(node.type)) ? null : undefined),
  });
}

const operations = documents.flatMap(({ document }) => document.definitions);
const manifest = Object.fromEntries(
  operations.map((node) => [createHash("sha256").update(print(node)).digest("hex"), print(node)]),
);
const ids = operations.map(
  (node) => `  ${node.name.value}: "${createHash("sha256").update(print(node)).digest("hex")}",\n`,
);
const generated = await codegen({
  filename: "src/operations.ts",
  schema: pruned(),
  documents,
  config,
  plugins: [{ types: {} }, { ofOperations: {} }, { typedDocuments: {} }],
  pluginMap: { types, ofOperations, typedDocuments },
});

const written = {
  // The one type that is imported is our own, so that the client needs no package.
  "src/operations.ts": MADE + generated.replace("'@graphql-typed-document-node/core'", "'./client.js'") + "\n",
  "src/ids.ts": `${MADE}export const ids: Record<string, string> = {\n${ids.join("")}};\n`,
  "trusted/manifest.json": `${JSON.stringify(manifest, null, 1)}\n`,
};
for (const [name, text] of Object.entries(written)) {
  if (!process.argv.includes("--check")) writeFileSync(new URL(name, import.meta.url), text);
  else if (read(name) !== text) throw new Error(`clients/typescript/${name} is out of date: run make clients`);
}
