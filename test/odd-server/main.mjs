/**
 * A stdio server whose quirks are its argument: an object of JSON (or the path of a file with one). By the name of a method, or `tools/call NAME`,
 * it has what is answered: `{result}`, `{error}`, `{lines}` (written as they are, `$ID` and `$TOKEN` being the request's), `{bytes}` (a text of
 * Latin-1 that is written without a newline), each with what is sent before it (`say`), after how long (`after`, in ms), and how the process
 * ends (`exit`). Beside these: `tools`, `resources`,
 * `templates`, `prompts`, `capabilities`; `starts` (ms until it reads), `words` (printed to stderr at its start), `strict` (it exits on anything
 * before `initialize`), `era` ("current": it knows no `initialize`; "silent": it answers nothing that it does not know).
 */
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [given = '{}'] = process.argv.slice(2)
const script = JSON.parse(existsSync(given) ? readFileSync(given, 'utf8') : given)
const say = (message) => process.stdout.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const text = (value) => ({ result: { content: [{ type: 'text', text: value }] } })
const {
  tools = [{ name: 'echo', description: 'Gives back.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }],
  resources,
  templates,
  prompts,
} = script
const capabilities = script.capabilities ?? {
  tools: { listChanged: true },
  logging: {},
  ...(resources || templates ? { resources: {} } : {}),
  ...(prompts ? { prompts: {}, completions: {} } : {}),
}
const serverInfo = { name: 'odd', version: '1.0.0' }
const usual = {
  initialize: ({ protocolVersion }) => ({ result: { protocolVersion, capabilities, serverInfo } }),
  ping: () => ({ result: {} }),
  'tools/list': () => ({ result: { tools } }),
  'resources/list': () => ({ result: { resources: resources ?? [] } }),
  'resources/templates/list': () => ({ result: { resourceTemplates: templates ?? [] } }),
  'resources/read': ({ uri }) => ({ result: { contents: [{ uri, text: `of the odd server: ${uri}` }] } }),
  'prompts/list': () => ({ result: { prompts: prompts ?? [] } }),
  'prompts/get': ({ name }) => ({ result: { messages: [{ role: 'user', content: { type: 'text', text: `asked: ${name}` } }] } }),
  'completion/complete': () => ({ result: { completion: { values: ['one', 'two'] } } }),
  'tools/call': ({ name, arguments: args }) => text(`${name}: ${JSON.stringify(args ?? {})}`),
}
if (script.era === 'current') {
  delete usual.initialize
  const meta = { 'io.modelcontextprotocol/serverInfo': serverInfo }
  usual['server/discover'] = () => ({
    result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities, _meta: meta, ttlMs: 0, cacheScope: 'private' },
  })
}

const asked = new Map()
let begun = false
for (const line of script.words ?? []) process.stderr.write(`${line}\n`)
if (script.starts) await wait(script.starts)
createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, method, params = {}, ...answer } = JSON.parse(line)
  if (method === undefined) return asked.get(id)?.(answer)
  if (method === 'initialize') begun = true
  else if (script.strict && !begun) process.exit(9)
  if (id === undefined) return
  const own = script[`${method} ${params.name}`] ?? script[method]
  const made = own ?? usual[method]?.(params)
  if (!made) {
    if (script.era !== 'silent') say({ jsonrpc: '2.0', id, error: { code: -32601, message: `There is no ${method}.` } })
    return
  }
  const { say: before = [], ask, after, lines, bytes, exit, times = 1, ...outcome } = made
  const token = JSON.stringify(params._meta?.progressToken ?? null)
  const filled = (message) =>
    (typeof message === 'string' ? message : JSON.stringify(message)).replaceAll('"$TOKEN"', token).replaceAll('"$ID"', JSON.stringify(id))
  for (let time = 0; time < times; time++) for (const message of before) say(filled(message))
  if (after) await wait(after)
  if (ask) {
    const answers = await new Promise((resolve) => {
      asked.set('ask', resolve)
      say({ jsonrpc: '2.0', id: 'ask', ...ask })
    })
    return say({ jsonrpc: '2.0', id, ...text(JSON.stringify(answers)) })
  }
  if (exit !== undefined) process.exit(exit)
  if (bytes) process.stdout.write(Buffer.from(filled(bytes), 'latin1'))
  else if (lines) for (const raw of lines) say(filled(raw))
  else say({ jsonrpc: '2.0', id, ...outcome })
}).on('close', () => process.exit())
