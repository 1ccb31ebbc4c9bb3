/** What a handler throws where its caller can act on what went wrong. */

/** What kind of thing went wrong, for the error codes of v1 clients. */
export type ToolErrorKind = 'failed' | 'invalid' | 'permission' | 'not_found'

/** A name of a tool as whoever reads a text knows it. */
export type NameOf = (tool: string) => string

/** Whether whoever reads a text has a capability. */
export type May = (capability: string) => boolean

/**
 * Thrown by a handler: the call failed in a way the model should read and can act on. A message that names tools is made of
 * their names, `(tool) => "Use " + tool("read_media_file")`: what else stands in it may be the words of others. What not every
 * caller of the tool may learn stands in it only for those who may: `(tool, may) => may("fs.list") ? … : …`.
 */
export class ToolError extends Error {
  override readonly name: string = 'ToolError'
  readonly kind: ToolErrorKind
  /** The same for programs; becomes the structured content of the result. */
  readonly structured: unknown
  /** Where words of the message come from that others wrote, such as the names of files. */
  readonly untrusted: UntrustedSource | undefined
  /** The message for a reader who knows the tools by other names than their server does. */
  readonly messageFor: (nameOf: NameOf, may: May) => string
  constructor(
    message: string | ((tool: NameOf, may: May) => string),
    options: ErrorOptions & {
      kind?: ToolErrorKind
      structured?: unknown
      untrusted?: UntrustedSource | undefined
    } = {},
  ) {
    const messageFor = typeof message === 'string' ? () => message : message
    super(
      messageFor(
        (tool) => tool,
        () => false,
      ),
      options,
    )
    this.kind = options.kind ?? 'failed'
    this.structured = options.structured
    this.untrusted = options.untrusted
    this.messageFor = messageFor
  }
}

/** Rejects a call of another server that was not made, or did not come to an end (`GatewayCalls`). */
export class CallError extends ToolError {
  override readonly name = 'CallError'
  /** One of the table in errors.ts, such as that of FORBIDDEN. */
  readonly code: number
  /** What the gateway says of it, for programs: `limit` names the limit that was met. */
  readonly data: unknown
  constructor(message: string, kind: ToolErrorKind, { code, data }: { code: number; data: unknown }) {
    super(message, { kind })
    this.code = code
    this.data = data
  }
}

/**
 * Where content comes from that others wrote: it is data for the model, never instructions. A conversation repeats what models read in
 * it.
 */
export const UNTRUSTED_SOURCES = ['file', 'mail', 'web', 'server', 'chat'] as const
export type UntrustedSource = (typeof UNTRUSTED_SOURCES)[number]
