import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { peerCredentials } from './peer-credentials.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

const CONNECT =
  "require('net').connect(JSON.parse(process.argv[1])).on('error', () => process.exit(1)).resume()"

/** A socket accepted from another process, and that process. */
async function accepted(address: (folder: string) => string | { host: string; port: number }) {
  const folder = temporaryDirectory()
  const server = createServer()
  server.listen(address(folder.path))
  await once(server, 'listening')
  const target = server.address()
  const child = spawn(process.execPath, [
    '-e',
    CONNECT,
    JSON.stringify(typeof target === 'string' ? { path: target } : { port: target?.port, host: '127.0.0.1' }),
  ])
  const [socket] = (await once(server, 'connection')) as [Socket]
  return {
    child,
    socket,
    [Symbol.dispose]() {
      socket.destroy()
      child.kill()
      server.close()
      folder[Symbol.dispose]()
    },
  }
}

test('the kernel tells process, user and group of the peer', async () => {
  using it = await accepted((folder) => join(folder, 's'))
  assert.deepEqual(peerCredentials(it.socket), {
    pid: it.child.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  })
})

test('a socket that is closed has no peer to let in', async () => {
  using it = await accepted((folder) => join(folder, 's'))
  it.socket.destroy()
  assert.throws(() => peerCredentials(it.socket), /closed/)
})

test('a TCP socket has no peer to let in', async () => {
  using it = await accepted(() => ({ host: '127.0.0.1', port: 0 }))
  assert.throws(() => peerCredentials(it.socket), /no UNIX socket/)
})
