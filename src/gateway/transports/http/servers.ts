/** The HTTP servers, plain and over TLS: node's, with the fast path before it, and every connection counted. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ClientConnection, Connections } from '../connections.ts'
import { asksForWebSocket } from '../paths.ts'
import { refuseUnreadable } from './ending.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { type FastPathHandler, serveFastPath } from './fast-path/connection.ts'

export interface Handler extends FastPathHandler {
  handle(req: HttpRequest, res: HttpResponse): void
}

/** An upload must end within this, in milliseconds: a body that trickles in holds a connection. */
const REQUEST_TIMEOUT_MS = 120_000
const HEADERS_TIMEOUT_MS = 15_000
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000
/** Longer than the usual idle time of clients' pools, so that the client closes first and no request is lost. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000
const OPTIONS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  noDelay: true,
  // A request without one is refused as others are, with what every answer has.
  requireHostHeader: false,
  // Any other wish for another protocol is ignored (RFC 9110, section 7.8).
  shouldUpgradeCallback: (req: IncomingMessage) => asksForWebSocket(req),
}
const FAST_PATH_TIMEOUTS = { idleMs: KEEP_ALIVE_TIMEOUT_MS, bodyMs: REQUEST_TIMEOUT_MS }

export function createPlainServer(connections: Connections, handler: Handler): Server {
  const server = createServer(OPTIONS)
  serve(server, 'connection', handler, connections)
  server.prependListener('connection', (socket) => connections.arrive(socket).listenTo(socket))
  return server
}

export function createTlsServer(
  connections: Connections,
  handler: Handler,
  { cert, key }: { cert: string; key: string },
): SecureServer {
  const server = createSecureServer({ ...OPTIONS, handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS, cert, key })
  serve(server as Server & SecureServer, 'secureConnection', handler, connections)
  // The end of a handshake is reported with another socket than its beginning; both have the same peer.
  const inHandshake = new Map<string, ClientConnection>()
  server.prependListener('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    inHandshake.set(peer, connections.arrive(socket))
    socket.once('close', () => inHandshake.delete(peer))
  })
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const connection = inHandshake.get(peerOf(socket))
    if (!connection) return void socket.destroy()
    socket.allowHalfOpen = true
    connections.secured(connection, socket)
  })
  return server
}

function serve(
  server: Server,
  event: 'connection' | 'secureConnection',
  handler: Handler,
  connections: Connections,
): void {
  server.on('request', handler.handle)
  // Whether a body is asked for is decided once it is known who sends it.
  server.on('checkContinue', handler.handle)
  server.on('checkExpectation', handler.handle)
  server.on('clientError', (error, socket) =>
    refuseUnreadable(connections.find(socket as Socket), error, socket),
  )
  serveFastPath(server, event, handler, FAST_PATH_TIMEOUTS)
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
