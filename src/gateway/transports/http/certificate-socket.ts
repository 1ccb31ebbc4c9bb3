/** How the root helper gives this process another certificate while it runs: the text in, a word out. */
import { createServer, type Server, type Socket } from 'node:net'
import { CERTIFICATE_TAKEN } from '../../../contracts/admin-helper.ts'
import { parseTls, type Tls } from './tls.ts'

const MAX_BYTES = 64 * 1024
const MAX_CONNECTIONS = 4
const SILENT_MS = 10_000

/** A server whose clients end what they write; the kernel lets only root in. */
export function createCertificateServer(take: (tls: Tls) => Promise<void>): Server {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.setTimeout(SILENT_MS, () => socket.destroy())
    read(socket)
      .then((text) => take(parseTls(text)))
      .then(
        () => socket.end(`${CERTIFICATE_TAKEN}\n`),
        (error: Error) => socket.end(`${error.message}\n`),
      )
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}

async function read(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    length += chunk.length
    if (length > MAX_BYTES) throw new Error(`It has more than ${MAX_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
