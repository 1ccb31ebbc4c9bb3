/** A gateway with a language model that says what a test wants, at the pace that it wants. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

interface ChatParams {
  messages: { role: string; content: string | null; tool_call_id?: string }[]
  options: Record<string, unknown>
}

/** One answer: pieces of text, or calls of tools, or an error. */
export interface Answer {
  pieces?: readonly string[]
  /** Without, all at once. */
  perSecond?: number
  calls?: readonly { name: string; arguments: object }[]
  error?: string
  /** Never ends by itself. */
  hangs?: boolean
}

export interface ChatGatewayOptions {
  answer(params: ChatParams): Answer
  tools?: readonly object[]
  /** Counts what is asked; without, this gateway is one that can't. */
  count?(params: ChatParams['messages'], options: ChatParams['options']): object
  /** Results of tools; by default the text "done". The first round of one in `asks` asks for consent. */
  call?(name: string, args: Record<string, unknown>): object
  asks?: ReadonlySet<string>
  /** What is asked then; by default whether to run it. */
  question?: string
}

export interface ChatGateway {
  socket: string
  /** What the model was asked. */
  asked: ChatParams[]
  /** How often a caller went away before the answer was whole. */
  stopped(): number
  /** Drops all connections, as a gateway that restarts. */
  drop(): void
  close(): void
}

export async function chatGateway(options: ChatGatewayOptions): Promise<ChatGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-gateway-'))
  const socket = join(folder, 'gateway.sock')
  const asked: ChatParams[] = []
  const peers = new Set<Socket>()
  let stopped = 0
  const server = createServer((peer) => {
    peers.add(peer)
    peer.on('error', () => {})
    peer.on('close', () => peers.delete(peer))
    const lines = createInterface({ input: peer })
    lines.on('error', () => {})
    lines.on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      if (id === undefined) return
      const send = (body: object) => peer.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`)
      const done = (result: object) => send({ result: { resultType: 'complete', ...result } })
      if (method === 'mcp.llm.chat') {
        asked.push(params[0])
        say(peer, send, options.answer(params[0]), () => stopped++)
      } else if (method === 'mcp.llm.count' && options.count) {
        const [messages, given] = params.arguments
        done({ value: options.count(messages, given) })
      } else if (method === 'mcp.hello') done({ value: ['mcp.hello', 'mcp.llm.chat'] })
      else if (method === 'tools/list') {
        done({ tools: options.tools ?? [] })
      } else if (method === 'tools/call') {
        const { name, arguments: args, inputResponses } = params
        if (options.asks?.has(name) && !inputResponses)
          send({
            result: {
              resultType: 'input_required',
              inputRequests: {
                ok: {
                  method: 'elicitation/create',
                  params: { message: options.question ?? `Run ${name}?`, requestedSchema: {} },
                },
              },
              requestState: 'x',
            },
          })
        else if (inputResponses && inputResponses.ok.action !== 'accept')
          done({ content: [{ type: 'text', text: 'The person said no.' }], isError: true })
        else done(options.call?.(name, args) ?? { content: [{ type: 'text', text: 'done' }] })
      } else if (method === 'admin/token/list') done({ tokens: [{ id: 'a', name: 'a' }] })
      else done({})
    })
  })
  await new Promise<void>((listening) => server.listen(socket, listening))
  const drop = () => {
    for (const peer of peers) peer.destroy()
  }
  return {
    socket,
    asked,
    stopped: () => stopped,
    drop,
    close() {
      drop()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function say(peer: Socket, send: (body: object) => void, answer: Answer, onStopped: () => void): void {
  if (answer.error !== undefined) {
    send({ error: { code: -32603, message: answer.error } })
    return
  }
  const chunk = (delta: object) =>
    send({ result: { type: 'llm_chunk', content: { model: 'fixture', choices: [{ index: 0, delta }] } } })
  const pieces = [...(answer.pieces ?? [])]
  const end = () => {
    for (const [index, { name, arguments: args }] of (answer.calls ?? []).entries()) {
      const text = JSON.stringify(args)
      // Arguments come in pieces, as models write them.
      chunk({ tool_calls: [{ index, id: `call-${index}`, function: { name, arguments: text.slice(0, 3) } }] })
      chunk({ tool_calls: [{ index, function: { arguments: text.slice(3) } }] })
    }
    if (!answer.hangs) send({ result: { type: 'llm_stream_end' } })
    else peer.once('close', onStopped)
  }
  if (answer.perSecond === undefined) {
    for (const content of pieces) chunk({ content })
    end()
    return
  }
  const started = performance.now()
  const perSecond = answer.perSecond
  let sent = 0
  const timer = setInterval(() => {
    const due = Math.min(pieces.length, Math.floor(((performance.now() - started) / 1000) * perSecond))
    while (sent < due) chunk({ content: pieces[sent++] })
    if (sent < pieces.length) return
    clearInterval(timer)
    peer.removeListener('close', gone)
    end()
  }, 5)
  const gone = () => {
    clearInterval(timer)
    onStopped()
  }
  peer.once('close', gone)
}
