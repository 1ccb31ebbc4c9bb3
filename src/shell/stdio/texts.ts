/** JSON texts on their way through. */
import { type Classified, classify } from '../../protocol/jsonrpc.ts'
import { isRecord, textIn } from '../../protocol/values.ts'

/** What a client's message is; older methods of llmbasedos may lack the version of JSON-RPC. */
export function readMessage(value: unknown): Classified {
  const older = isRecord(value) && value.jsonrpc === undefined && textIn(value.method)?.startsWith('mcp.')
  return classify(older ? { ...value, jsonrpc: '2.0' } : value)
}

/** A text ends with its line on the way, so that line breaks between its tokens must go. */
export const oneLine = (text: string, value: unknown): string =>
  /[\n\r]/.test(text) ? JSON.stringify(value) : text
