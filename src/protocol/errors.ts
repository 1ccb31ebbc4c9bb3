/**
 * The one table of error codes: JSON-RPC's, MCP's and this system's. `docs/protocol.md` shows it and a test
 * compares the two.
 */
export interface ErrorEntry {
  code: number
  /** The HTTP status of an answer that carries this error; 200 where the request as such was in order. */
  http: number
  /** What it means and what the caller can do. */
  meaning: string
}

const entry = (code: number, http: number, meaning: string): ErrorEntry => ({ code, http, meaning })

export const ERRORS = {
  PARSE: entry(-32700, 400, 'The text is not JSON, or not UTF-8. Send one JSON text in UTF-8.'),
  INVALID_REQUEST: entry(
    -32600,
    400,
    'Valid JSON, but no JSON-RPC 2.0 message, or one that is too large or too deep.',
  ),
  METHOD_NOT_FOUND: entry(-32601, 404, 'No such method, or not accessible to this caller.'),
  INVALID_PARAMS: entry(
    -32602,
    200,
    'Parameters, a tool name or a resource URI that do not fit; the message says which.',
  ),
  INTERNAL: entry(
    -32603,
    200,
    'The gateway or a server behind it failed; the message says whether to try again.',
  ),
  UNAUTHENTICATED: entry(-32000, 401, 'No token, or one that is unknown, expired or revoked.'),
  RATE_LIMITED: entry(-32001, 429, 'A limit was reached; the message names it and says when to try again.'),
  FORBIDDEN: entry(-32002, 403, 'The caller is known but may not do this.'),
  LLM_QUOTA: entry(-32003, 429, 'The quota for the language model is used up.'),
  MODEL_NOT_ALLOWED: entry(-32004, 403, 'The caller may not use this model.'),
  HEADER_MISMATCH: entry(
    -32020,
    400,
    'An HTTP header and the body disagree, or a required header is missing.',
  ),
  MISSING_CAPABILITY: entry(
    -32021,
    400,
    'The call needs something from the client that it did not declare it can do.',
  ),
  UNSUPPORTED_VERSION: entry(
    -32022,
    400,
    'The protocol version is not spoken here; data.supported lists those that are.',
  ),
} as const satisfies Record<string, ErrorEntry>

export type ErrorName = keyof typeof ERRORS

const HTTP_BY_CODE = new Map<number, number>(Object.values(ERRORS).map((e) => [e.code, e.http]))

/** The HTTP status for an error code; 200 for codes that only the called server knows. */
export const httpStatus = (code: number): number => HTTP_BY_CODE.get(code) ?? 200
