/** A provider that answers at once: with a call of a tool in so many rounds, if it is given tools, and then in words. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export async function startProvider(rounds: number, tool: string): Promise<{ url: string; stop(): void }> {
  const server = createServer(async (req, res) => {
    const { messages, tools } = (await bodyOf(req)) as { messages: { role: string }[]; tools?: object[] }
    const asked = messages.filter(({ role }) => role === 'assistant').length
    const wantsMore = tools !== undefined && asked < rounds
    const call = {
      id: `c${asked}`,
      type: 'function',
      function: { name: tool, arguments: `{"text":"x${asked}"}` },
    }
    const message = wantsMore ? { content: null, tool_calls: [call] } : { content: 'Done.' }
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        created: 1,
        model: 'x',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', ...message },
            finish_reason: wantsMore ? 'tool_calls' : 'stop',
          },
        ],
        usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString())
}
