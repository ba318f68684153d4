// A small client of POST /graphql: a typed document in, its data out. No package is needed at run time.

import { ids } from "./ids.js";

/** What a generated document says of its variables and its answer. */
export interface DocumentTypeDecoration<TResult, TVariables> {
  __apiType?: (variables: TVariables) => TResult;
}

type Document<TResult, TVariables> = DocumentTypeDecoration<TResult, TVariables> & { toString(): string };

type Variables<TVariables> =
  TVariables extends Record<string, never> ? [variables?: TVariables] : [variables: TVariables];

/** An error that no person can act on. `code` is one of those in docs/clients.md, or "" where there was no answer. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null = null,
    readonly correlationId: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export interface Options {
  /** Such as https://vestibule.example.org */
  url: string;
  /** Yields the access token; asked before each request. Null for what nobody needs a token for. */
  token?: () => string | null | Promise<string | null>;
  language?: "en" | "es";
  /** Send ids in place of texts: the operator has put trusted/manifest.json into the folder of trusted documents. */
  trusted?: boolean;
}

interface Answer<TResult> {
  data?: TResult | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

export class VestibuleClient {
  constructor(private readonly options: Options) {}

  /** The data of an operation. Throws `ApiError`; refusals that a person can act on are members of the answer's union. */
  async run<TResult, TVariables>(
    document: Document<TResult, TVariables>,
    ...[variables]: Variables<NoInfer<TVariables>>
  ): Promise<TResult> {
    const token = (await this.options.token?.()) ?? null;
    const response = await fetch(`${this.options.url}/graphql`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json",
        "Accept-Language": this.options.language ?? "en",
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ ...this.named(document), variables: variables ?? {} }),
    });
    const answer = (await response.json().catch(() => ({}))) as Answer<TResult>;
    const [error] = answer.errors ?? [];
    if (error !== undefined) throw apiError(error);
    if (answer.data === undefined || answer.data === null) throw new ApiError("", `HTTP ${response.status}`);
    return answer.data;
  }

  private named(document: { toString(): string }): { query: string } | { documentId: string } {
    const query = document.toString();
    if (!this.options.trusted) return { query };
    const name = /^\s*(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] ?? "";
    const documentId = ids[name];
    if (documentId === undefined) throw new Error(`${name} is not in the manifest`);
    return { documentId };
  }
}

function apiError({ message, extensions = {} }: { message: string; extensions?: Record<string, unknown> }): ApiError {
  const { code, retryAfterSeconds, correlationId } = extensions;
  return new ApiError(
    typeof code === "string" ? code : "",
    message,
    typeof retryAfterSeconds === "number" ? retryAfterSeconds : null,
    typeof correlationId === "string" ? correlationId : null,
  );
}

/** The success of a mutation's union; throws what a person can act on as `Refused`. */
export function success<T extends { __typename: string }>(answer: T): Extract<T, { __typename: `${string}Success` }> {
  if (answer.__typename.endsWith("Success")) return answer as Extract<T, { __typename: `${string}Success` }>;
  throw new Refused(answer);
}

/** A refusal that a person can act on: read `answer.__typename`, with a default branch for those that come later. */
export class Refused extends Error {
  constructor(readonly answer: { __typename: string; message?: string }) {
    super(answer.message ?? answer.__typename);
    this.name = "Refused";
  }
}
