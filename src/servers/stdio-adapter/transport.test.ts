import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { ForeignProcess } from './processes.ts'
import { StdioTransport } from './transport.ts'

const MIB = 1024 * 1024
const silent = { info() {}, warn() {} }

test('a server that leaves too much unread of what it is sent is ended, and the sender gets the reason', async () => {
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

test('all together hold no more than they may, and the one for which most is held is ended', async (t) => {
  const started = async (program: string) => {
    const child = new ForeignProcess({ command: process.execPath, args: ['-e', program], env: {} }, tmpdir())
    t.after(() => child.end())
    const transport = new StdioTransport(child, silent)
    await transport.start()
    const send = (mib: number) =>
      transport.send({ jsonrpc: '2.0', id: 1, method: 'ping', params: { text: 'x'.repeat(mib * MIB) } })
    return { child, send, transport }
  }
  const deaf = 'setInterval(() => {}, 1000)'
  const [little, most] = [await started(deaf), await started(deaf)]
  await little.send(40)
  await most.send(60)
  assert.equal(most.child.how, undefined)
  // A line of 15 MiB that does not end counts as well.
  const unending = 'process.stdout.write("x".repeat(15 * 2 ** 20)); setInterval(() => {}, 1000)'
  const [one, two] = [await started(unending), await started(unending)]
  assert.match(await most.child.ended, /more than 134217728 bytes were held for all servers of its kind/)
  for (const { child } of [little, one, two]) assert.equal(child.how, undefined)
})
