/**
 * gateway.sock: JSON-RPC texts over a UNIX stream, each ended by a newline or NUL. Who is calling is asked of the
 * kernel, so that programs on this machine need no token.
 */
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { failure, RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { MessageReader } from '../../../protocol/message-reader.ts'
import type { Gate, Principal } from '../../call/call.ts'
import { CONNECTION_BYTES } from '../../call/memory.ts'
import { Arriving } from '../arriving.ts'
import { TOO_MANY_RETRY_MS } from '../connections.ts'
import { drained } from '../drained.ts'
import { endUnread } from '../http/always.ts'
import { Places } from '../places.ts'
import { Unread } from '../unread.ts'
import { MAX_UNREAD_BYTES, Peer } from './peer.ts'

/** How many connections may be there still whose callers were refused. */
const MAX_REFUSED = 64

export interface UnixEdgeOptions {
  gate: Gate
  /** The kernel's word on who is at the other end. */
  peerOf(socket: Socket): { uid: number; pid: number }
  /** Called with what went wrong on this side. */
  onProblem(error: unknown): void
  /** How many connections there may be. */
  atOnce: number
  /** How many of them may be of one uid. */
  atOncePerCaller: number
}

export interface UnixEdge {
  server: Server
  /** Ends the connections of a caller who may not call any longer. */
  endOf(principalId: string): void
  /** Ends subscriptions with their result, so that clients know it was no accident. */
  endSubscriptions(): void
}

export function createUnixEdge({
  gate,
  peerOf,
  onProblem,
  atOnce,
  atOncePerCaller,
}: UnixEdgeOptions): UnixEdge {
  const peers = new Map<Peer, Socket>()
  const places = new Places({ atOnce, perKey: atOncePerCaller })
  /** Of who was refused, and has a moment to read why. */
  const refused = new Places({ atOnce: MAX_REFUSED, perKey: MAX_REFUSED })
  const server = createServer((socket) => {
    socket.on('error', () => {}) // 'close' follows
    try {
      const principal = gate.identify({ kind: 'peer', ...peerOf(socket) })
      // A client that has sent nothing yet is disconnected; one that has may have a session.
      const connection = { isBusy: false, evict: () => void socket.destroy() }
      const found = places.take(principal.id, connection)
      if (found !== 'taken') throw tooMany(found === 'key is full', places.sizeOf(principal.id))
      socket.once('close', () => places.leave(connection))
      const held = gate.memory.take(principal.user, 'connections', CONNECTION_BYTES.unix)
      const peer = connect(socket, gate, principal, () => {
        connection.isBusy = true
      })
      peers.set(peer, socket)
      socket.once('close', () => {
        held.release()
        peers.delete(peer)
        peer.end()
      })
    } catch (error) {
      if (!(error instanceof RpcError)) onProblem(error)
      const connection = { isBusy: false, evict: () => void socket.destroy() }
      refused.take('', connection)
      socket.once('close', () => refused.leave(connection))
      endUnread(socket, `${JSON.stringify(failure(null, toRpcError(error)))}\n`)
    }
  })
  return {
    server,
    endOf(principalId) {
      for (const [peer, socket] of peers)
        if (peer.principal.id === principalId) {
          peer.end()
          socket.destroy()
        }
    },
    endSubscriptions() {
      for (const peer of peers.keys()) peer.endSubscriptions()
    },
  }
}

function tooMany(ofCaller: boolean, own: number): RpcError {
  const limit = ofCaller ? 'unix.connectionsPerCaller' : 'unix.connectionsAtOnce'
  return new RpcError(
    'RATE_LIMITED',
    ofCaller
      ? `You have ${own} connections to gateway.sock open, the most for one user (${limit}); close one first.`
      : `All connections to gateway.sock there may be are open (${limit}); try again later.`,
    { data: { limit, retryAfterMs: TOO_MANY_RETRY_MS } },
  )
}

/** `onMessage` is called with each message that has come whole. */
function connect(socket: Socket, gate: Gate, principal: Principal, onMessage: () => void): Peer {
  const peer = new Peer({
    gate,
    principal,
    transport: 'unix',
    send(text, attached) {
      socket.write(text + reader.terminator)
      if (attached) socket.write(attached)
      unread.wrote(text.length)
      if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy()
      return drained(socket, gate.stalledMs)
    },
    drained: () => drained(socket, gate.stalledMs),
  })
  const unread = new Unread(gate.memory, principal.user, socket)
  const arriving = new Arriving(gate.memory, principal.user, socket, (error) => {
    peer.refuse(error.toObject())
    endUnread(socket)
  })
  const reader = new MessageReader({
    onText(text, weight) {
      onMessage()
      peer.receive(text, weight)
    },
    onRefused: (error) => peer.refuse(error),
  })
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk)
    arriving.holds(reader.waitingBytes)
  })
  socket.once('close', () => arriving.end())
  return peer
}
