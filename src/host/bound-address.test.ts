import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ListenOptions } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { boundAddress } from './bound-address.ts'
import { isLoopback } from './reached-as.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((of) => of?.some(({ family }) => family === 'IPv6'))
const OWN = ['127.0.0.1', '127.1.2.3', ...(hasIPv6 ? ['::1', '::ffff:127.0.0.1'] : [])]

/** What a socket is found to be bound to, and what it is bound to. */
async function bound(options: ListenOptions) {
  const server = createServer()
  server.listen(options)
  await once(server, 'listening')
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  const address = server.address()
  const found = boundAddress(fd)
  server.close()
  return { found, address: typeof address === 'object' ? address?.address : undefined }
}

test('a socket’s address is the one it is bound to, of either family', async () => {
  for (const host of OWN) {
    const { found, address } = await bound({ host, port: 0 })
    assert.equal(found, address)
    assert.ok(isLoopback(found), found)
  }
})

test('a socket of UNIX has no such address, and what is no socket is said to be none', async () => {
  using folder = temporaryDirectory()
  assert.equal((await bound({ path: join(folder.path, 's') })).found, undefined)
  assert.throws(() => boundAddress(-1), /file descriptor -1/)
})
