/** Which requests may be sent a second time when it is not known what became of the first. */
import type { Request } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { inWords, isRecord } from '../../protocol/values.ts'

/** Methods that read, or that set what a repetition sets again. */
const REPEATABLE: ReadonlySet<string> = new Set([
  METHOD.discover,
  METHOD.listTools,
  METHOD.listPrompts,
  METHOD.getPrompt,
  METHOD.listResources,
  METHOD.listResourceTemplates,
  METHOD.readResource,
  METHOD.complete,
  METHOD.listen,
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'mcp.hello',
  'mcp.listCapabilities',
  'mcp.licence.check',
])

export class Repetition {
  readonly #tools = new Map<string, boolean>()

  /** Takes what a result of `tools/list` says of its tools. */
  learn(result: unknown): void {
    if (!isRecord(result) || !Array.isArray(result.tools)) return
    for (const tool of result.tools) {
      if (!isRecord(tool) || typeof tool.name !== 'string') continue
      const hints = isRecord(tool.annotations) ? tool.annotations : {}
      this.#tools.set(tool.name, hints.readOnlyHint === true || hints.idempotentHint === true)
    }
  }

  /** The tools have changed: what was said of them need not hold any longer. */
  forget(): void {
    this.#tools.clear()
  }

  allows(method: string, params: unknown): boolean {
    if (method !== METHOD.callTool) return REPEATABLE.has(method)
    return isRecord(params) && typeof params.name === 'string' && this.#tools.get(params.name) === true
  }
}

/** The error for a request that may not be sent again. */
export function fateUnknown({ method, params }: Request): string {
  const what = method === METHOD.callTool && isRecord(params) ? inWords(params.name) : method
  return (
    `The connection to the gateway broke before "${what}" was answered, and it is not known whether it took effect. ` +
    'Check that before you call it again.'
  )
}
