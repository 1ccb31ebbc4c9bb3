/** A gateway with a language model that says what a test wants, at the pace that it wants. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ADMIN } from '../../src/command/admin.ts'
import { type Answer, type ChatModel, type ChatParams, ChatRoom } from './chat-room.ts'

export type { Answer }

/** By this tool luca knows that there are conversations. */
const TALK = { name: 'chat_send', description: 'Says something.', inputSchema: { type: 'object' } }

export interface ChatGatewayOptions extends ChatModel {
  tools?: readonly object[]
}

export interface ChatGateway {
  socket: string
  /** What the model was asked. */
  asked: ChatParams[]
  /** How often an answer was stopped. */
  stopped(): number
  /** Drops all connections, as a gateway that restarts. */
  drop(): void
  close(): void
}

export async function chatGateway(options: ChatGatewayOptions): Promise<ChatGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-gateway-'))
  const socket = join(folder, 'gateway.sock')
  const room = new ChatRoom(options)
  const peers = new Set<Socket>()
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
      if (method === 'mcp.hello') done({ value: ['mcp.hello'] })
      else if (method === 'tools/list') done({ tools: [...(options.tools ?? []), TALK] })
      else if (method === ADMIN.listApprovals) done({ approvals: room.approvals })
      else if (method === ADMIN.decideApproval) {
        room.decide(params.id, params.allow)
        done({})
      } else if (method === 'tools/call' && params.name.startsWith('chat_')) {
        const caller = {
          id,
          isThere: () => !peer.destroyed,
          notify: (name: string, given: object) =>
            peer.write(`${JSON.stringify({ jsonrpc: '2.0', method: name, params: given })}\n`),
        }
        void room.call(params.name, params.arguments, caller).then((result) => done(result ?? {}))
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
    asked: room.asked,
    stopped: () => room.stopped,
    drop,
    close() {
      drop()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
