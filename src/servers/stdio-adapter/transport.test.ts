import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { ForeignProcess } from './processes.ts'
import { StdioTransport } from './transport.ts'

const MIB = 1024 * 1024
const silent = { info() {}, warn() {} }

test('a server that leaves too much unread of what it is sent is ended, and who sends is told why', async () => {
  const child = new ForeignProcess(
    { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], env: {} },
    tmpdir(),
  )
  const transport = new StdioTransport(child, silent)
  const errors: string[] = []
  transport.onerror = ({ message }) => void errors.push(message)
  await transport.start()
  const send = (id: number) =>
    transport.send({ jsonrpc: '2.0', id, method: 'ping', params: { text: 'x'.repeat(13 * MIB) } })
  // As long as no more than 64 MiB wait, what comes is taken.
  for (let id = 1; id <= 5; id++) await send(id)
  await assert.rejects(send(6), /does not read what it is sent/)
  assert.equal(await child.ended, 'was ended, since it left more than 67108864 bytes unread')
  assert.deepEqual(errors, ['The server was ended, since it left more than 67108864 bytes unread.'])
  await assert.rejects(send(7), /has ended/)
})
