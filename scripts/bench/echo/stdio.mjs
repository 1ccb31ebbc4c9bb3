/** The echo tool as a stdio server, by hand, so that it costs those in front of it as little as can be. */
import { createInterface } from 'node:readline'

const TOOL = {
  name: 'echo',
  description: 'Gives a text back.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
}

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'echo', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: [TOOL] }),
  'tools/call': (params) => ({ content: [{ type: 'text', text: params.arguments.text }] }),
  ping: () => ({}),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  const answer = answers[method]
  const message = answer
    ? { jsonrpc: '2.0', id, result: answer(params) }
    : { jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } }
  process.stdout.write(`${JSON.stringify(message)}\n`)
})
