/** The servers that run or reach models, as the gateway calls them: tools of internal MCP servers, which send deltas as they go. */
import type { RequestOptions } from '../../client/request.ts'
import type { ModelPlace } from '../../protocol/define.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type CallToolResult, META, METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import { type Delta, type ModelStatus, readDelta, readModelStatus } from '../../protocol/model-delta.ts'
import { isRecord } from '../../protocol/values.ts'
import type { AnswerRoom } from '../call/answer-room.ts'
import type { CallTrace, ConsentedCall, Drained } from '../call/call.ts'
import { brokenAnswer } from './answer-choices.ts'
import type { Candidate } from './choice.ts'
import { failureOf, ModelFailure, noModel } from './failure.ts'
import type { JsonObject } from './request.ts'

export type Where = Candidate['where']

export interface AskOptions {
  call: ConsentedCall
  signal: AbortSignal
  /** When the call must have ended, by the clock of `performance.now()`. */
  deadline: number
  trace: CallTrace
  /** Given what comes before the answer; without it, nothing does. */
  events?: ModelEvents
}

/** What a server of models sends before an answer. What these give says when the server may send more. */
export interface ModelEvents {
  /** The next part of the answer; undefined for one that can't be read, after which the rest is worth nothing. */
  onDelta(delta: Delta | undefined): Drained
  onStatus(status: ModelStatus): Drained
}

/** Calls a tool of a server. Throws RpcError, or the signal's reason; undefined where there is no such server. */
export type CallServer = (
  where: Where,
  tool: string,
  args: JsonObject,
  options: AskOptions,
) => Promise<CallToolResult> | undefined

/** A connection to a server, as routing/ keeps them. */
interface Backend {
  request(
    method: string,
    params: JsonObject,
    options: RequestOptions & { signal: AbortSignal; checkAgain(): void },
    trace: CallTrace,
  ): Promise<Result>
}

/** Calls the servers that `backendOf` finds for a user. */
export const modelServers =
  (backendOf: (place: ModelPlace, user: string) => Backend | undefined, answers: AnswerRoom): CallServer =>
  (where, tool, args, { call, signal, deadline, trace, events }) => {
    const backend = backendOf(where, call.principal.user)
    if (!backend) return undefined
    const timeoutMs = Math.max(1, Math.round(deadline - performance.now()))
    const _meta = {
      [META.caller]: call.principal.id,
      [META.timeoutMs]: timeoutMs,
      ...(events ? { [META.deltas]: true } : {}),
    }
    const options = {
      signal,
      checkAgain: () => call.checkAgain(),
      timeoutMs,
      late: () => tooLate(call.timeoutMs),
      room: (bytes: number) => answers.take(call, bytes),
      ...(events ? { onNotification: receiver(events) } : {}),
    }
    return backend.request(
      METHOD.callTool,
      { name: tool, arguments: args, _meta },
      options,
      trace,
    ) as Promise<CallToolResult>
  }

const receiver =
  ({ onDelta, onStatus }: ModelEvents) =>
  (method: string, params: Record<string, unknown>): Drained => {
    if (method === NOTIFICATION.delta) return onDelta(readDelta(params))
    // A status that can't be read says nothing of the answer.
    const status = method === NOTIFICATION.modelStatus ? readModelStatus(params) : undefined
    return status && onStatus(status)
  }

const tooLate = (ms: number): RpcError =>
  new RpcError(
    'INTERNAL',
    `The language model took longer than ${ms / 1000} seconds (calls.timeoutSeconds) and was stopped.`,
    { data: { limit: 'calls.timeoutSeconds', code: 'timeout' } },
  )

/** The structured result of a tool. Throws a ModelFailure for what another model might do better. */
export async function ask(
  callServer: CallServer,
  where: Where,
  tool: string,
  args: JsonObject,
  options: AskOptions,
): Promise<JsonObject> {
  let result: CallToolResult
  try {
    const called = callServer(where, tool, args, options)
    if (!called) throw noModel()
    result = await called
  } catch (error) {
    options.signal.throwIfAborted()
    if (performance.now() >= options.deadline) throw error
    // Once the caller may not ask any longer, no other server is tried.
    options.call.checkAgain()
    // The server itself could not be reached or has ended.
    if (error instanceof RpcError) throw new ModelFailure('unavailable', error.message, { cause: error })
    throw error
  }
  if (result.isError) throw failureOf(result)
  const { structuredContent } = result
  if (!isRecord(structuredContent)) throw brokenAnswer()
  return structuredContent
}
