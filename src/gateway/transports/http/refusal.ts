/** How a request is refused, in the shape that its caller knows; and what node:http could not read. */
import type { Duplex } from 'node:stream'
import { toRpcError } from '../../../protocol/jsonrpc.ts'
import type { Visitor } from '../doors.ts'
import { readTarget } from '../target.ts'
import { endUnread, lastAnswer } from './always.ts'
import { sendError } from './answer.ts'
import { HttpRefusal } from './body.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { isOllamaPath, sendOllamaError } from './ollama/ollama.ts'
import { isOpenAiPath, sendOpenAiError } from './openai.ts'

const STATUS_OF_UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

export function answerRefusal(req: HttpRequest, res: HttpResponse, thrown: unknown): void {
  const { path } = readTarget(req.url ?? '/')
  if (isOpenAiPath(path)) sendOpenAiError(res, thrown)
  else if (isOllamaPath(path)) sendOllamaError(res, thrown)
  else if (thrown instanceof HttpRefusal) sendError(res, null, thrown.error, thrown.status)
  else sendError(res, null, toRpcError(thrown))
}

/** Makes an answer the last one of its connection: whatever comes after its request is not looked at. */
export function endWith(visitor: Visitor, res: HttpResponse): void {
  visitor.isLeaving = true
  res.setHeader('connection', 'close')
}

/** Ends a connection on which no request can be read. Half an answer must not be followed by another one. */
export function refuseUnreadable(
  visitor: Visitor | undefined,
  { code = '' }: NodeJS.ErrnoException,
  socket: Duplex,
): void {
  if (!visitor || !socket.writable || visitor.hasBegunAnswer) return void socket.destroy()
  visitor.isLeaving = true
  endUnread(socket, lastAnswer(STATUS_OF_UNREADABLE[code] ?? 400))
}
