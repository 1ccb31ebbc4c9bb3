/** Connections that end: with an answer that is their last, and because nothing on them can be read. */
import type { Duplex } from 'node:stream'
import type { ClientConnection } from '../connections.ts'
import { endUnread, lastAnswer } from './always.ts'
import type { HttpResponse } from './exchange.ts'

const STATUS_OF_UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Makes an answer the last one of its connection: whatever comes after its request is not looked at. */
export function endWith(connection: ClientConnection, res: HttpResponse): void {
  connection.isClosing = true
  res.setHeader('connection', 'close')
}

/** Ends a connection on which no request can be read. Half an answer must not be followed by another one. */
export function refuseUnreadable(
  connection: ClientConnection | undefined,
  { code = '' }: NodeJS.ErrnoException,
  socket: Duplex,
): void {
  if (!connection || !socket.writable || connection.hasBegunAnswer) return void socket.destroy()
  connection.isClosing = true
  endUnread(socket, lastAnswer(STATUS_OF_UNREADABLE[code] ?? 400))
}
