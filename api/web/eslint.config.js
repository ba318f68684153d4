// What the linter asks of everything that browsers load, and of the tests and tools beside it.

import js from "@eslint/js";
import globals from "globals";

const RULES = {
  eqeqeq: "error",
  "consistent-return": "off",
  "max-lines": ["error", 400],
  "max-lines-per-function": ["error", { max: 65, skipBlankLines: true, skipComments: true }],
  "no-console": ["error", { allow: ["warn", "error"] }],
  "no-constant-condition": ["error", { checkLoops: false }],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-restricted-properties": [
    "error",
    { property: "innerHTML", message: "Words are text, never markup." },
    { property: "outerHTML", message: "Words are text, never markup." },
    { property: "insertAdjacentHTML", message: "Words are text, never markup." },
  ],
  "no-shadow-restricted-names": "error",
  "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_" }],
  "no-use-before-define": ["error", { functions: false, classes: true, variables: false }],
  "no-useless-assignment": "error",
  "no-var": "error",
  "prefer-const": "error",
};

export default [
  { ignores: ["**/node_modules/"] },
  js.configs.recommended,
  { rules: RULES, linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["api/web/{console,elements,shared,staff_screen}/**/*.js", "patient_portal/static/*.js"],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ["api/web/tests/**/*.js"],
    languageOptions: { globals: { ...globals.nodeBuiltin, document: "readonly", location: "readonly" } },
  },
];
