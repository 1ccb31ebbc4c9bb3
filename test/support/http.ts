/** Requests of the current revision over HTTP, written by hand so that they can be wrong on purpose. */
import { request } from 'node:http'
import { CURRENT_VERSION, META } from '../../src/protocol/mcp.ts'

export const envelope = { [META.version]: CURRENT_VERSION, [META.clientCapabilities]: {} }

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  json: any
}

/** Sends bytes to a URL and gives the answer. Header arrays are sent as several headers. */
export function send(
  url: string,
  options: {
    method?: string
    headers?: Record<string, string | string[]>
    body?: string | Buffer
    agent?: false
  },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: options.method ?? 'POST', headers: options.headers ?? {} }, (res) => {
      const parts: Buffer[] = []
      res.on('data', (part) => parts.push(part))
      res.on('error', reject)
      res.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: parse(text) })
      })
    })
    req.on('error', reject)
    req.end(options.body)
  })
}

/** Headers of a well-formed request. */
export const headersOf = (token: string, method: string, name?: string): Record<string, string> => ({
  ...(token ? { authorization: `Bearer ${token}` } : {}),
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': CURRENT_VERSION,
  'mcp-method': method,
  ...(name === undefined ? {} : { 'mcp-name': name }),
})

/** A well-formed call of a method; `name` goes to the header too. */
export function post(
  url: string,
  token: string,
  method: string,
  params: Record<string, unknown> = {},
  id: unknown = 1,
): Promise<Reply> {
  return send(url, {
    headers: headersOf(token, method, (params.name ?? params.uri) as string | undefined),
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: { ...params, _meta: { ...envelope, ...(params._meta as object) } },
    }),
  })
}

export const callTool = (url: string, token: string, name: string, args: object = {}, id: unknown = 1) =>
  post(url, token, 'tools/call', { name, arguments: args }, id)

/** A JSON body, or the last message of an event stream. */
function parse(text: string): unknown {
  const last = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .at(-1)
  try {
    return JSON.parse(last ? last.slice(6) : text)
  } catch {
    return undefined
  }
}
