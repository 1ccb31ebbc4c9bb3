/** The servers that run or reach models, as the gateway calls them: tools of internal MCP servers, told as they go. */
import type { RequestOptions } from '../../client/connection.ts'
import type { ModelPlace } from '../../protocol/define.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type CallToolResult, META, METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import { isRecord, parsedJson } from '../../protocol/values.ts'
import type { AnswerRoom } from '../call/answer-room.ts'
import type { CallTrace, ConsentedCall, Drained } from '../call/call.ts'
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
  /** Told of each piece of the answer, and of places in a queue. */
  onProgress?: (told: JsonObject) => Drained
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

/** Each request has a connection's notifications told apart by its own id. */
const PROGRESS_TOKEN = 'answer'

/** Calls the servers that `backendOf` finds for a user. */
export const modelServers =
  (backendOf: (place: ModelPlace, user: string) => Backend | undefined, answers: AnswerRoom): CallServer =>
  (where, tool, args, { call, signal, deadline, trace, onProgress }) => {
    const backend = backendOf(where, call.principal.user)
    if (!backend) return undefined
    const timeoutMs = Math.max(1, Math.round(deadline - performance.now()))
    const _meta = {
      [META.caller]: call.principal.id,
      [META.timeoutMs]: timeoutMs,
      ...(onProgress ? { progressToken: PROGRESS_TOKEN } : {}),
    }
    const options = {
      signal,
      checkAgain: () => call.checkAgain(),
      timeoutMs,
      late: () => tooLate(call.timeoutMs),
      room: (bytes: number) => answers.take(call, bytes),
      onNotification: (method: string, { message }: Record<string, unknown>) => {
        return method === NOTIFICATION.progress && typeof message === 'string'
          ? tell(message, onProgress)
          : undefined
      },
    }
    return backend.request(
      METHOD.callTool,
      { name: tool, arguments: args, _meta },
      options,
      trace,
    ) as Promise<CallToolResult>
  }

function tell(message: string, onProgress: AskOptions['onProgress']): Drained {
  // What is not one of ours is passed over; the whole answer comes in any case.
  const told = parsedJson(message)
  return isRecord(told) ? onProgress?.(told) : undefined
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
    // Nobody else may answer who may not ask any longer.
    options.call.checkAgain()
    // The server itself could not be reached or has ended.
    if (error instanceof RpcError) throw new ModelFailure('unavailable', error.message, { cause: error })
    throw error
  }
  if (result.isError) throw failureOf(result)
  const { structuredContent } = result
  if (!isRecord(structuredContent))
    throw new ModelFailure('broken_answer', 'The language model gave an answer that is none.')
  return structuredContent
}
