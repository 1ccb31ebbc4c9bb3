import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { streamV1 } from './v1-stream.ts'

/** A peer that says these lines to its first caller. */
async function saying(
  lines: readonly string[],
  run: (path: string, peer: () => Socket) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'v1-stream-'))
  const path = join(folder, 's')
  let peer: Socket | undefined
  const server: Server = createServer((socket) => {
    peer = socket
    socket.on('error', () => {})
    socket.once('data', () => socket.write(lines.join('\n') + (lines.length > 0 ? '\n' : '')))
  })
  await new Promise<void>((listening) => server.listen(path, listening))
  try {
    await run(path, () => peer as Socket)
  } finally {
    peer?.destroy()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const result = (value: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value })
const never = () => new AbortController().signal

test('each result is given until the last', () =>
  saying([result(1), result(2), result('end'), result('late')], async (path) => {
    const seen: unknown[] = []
    await streamV1(path, 'mcp.x', [], {
      signal: never(),
      onResult: (value) => seen.push(value) > 0 && value === 'end',
    })
    assert.deepEqual(seen, [1, 2, 'end'])
  }))

test('an error answer, a broken text and a peer that goes away end it', async () => {
  const options = () => ({ signal: never(), onResult: () => false })
  await saying([JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'No.' } })], (path) =>
    assert.rejects(streamV1(path, 'mcp.x', [], options()), /No\./),
  )
  await saying([], async (path, peer) => {
    const ended = streamV1(path, 'mcp.x', [], { ...options(), onResult: () => false })
    setImmediate(function close() {
      if (peer()) peer().destroy()
      else setImmediate(close)
    })
    await assert.rejects(ended, { name: 'ConnectionLost' })
  })
  await assert.rejects(streamV1('/nowhere', 'mcp.x', [], options()), /ENOENT/)
})

test('aborting closes the connection, which tells the other side', () =>
  saying([result('first')], async (path, peer) => {
    const stop = new AbortController()
    const ended = streamV1(path, 'mcp.x', [], {
      signal: stop.signal,
      onResult() {
        stop.abort(new Error('Enough.'))
        return false
      },
    })
    await assert.rejects(ended, /Enough/)
    if (!peer().closed) await new Promise((closed) => peer().once('close', closed))
  }))
