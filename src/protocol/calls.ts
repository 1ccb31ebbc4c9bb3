/** Calls that a server makes of others while it works on one: an extension of ours, over the connection that its call came on. */
import type { GatewayModel } from './define.ts'
import { isRecord } from './values.ts'

/** Requests of a server to the gateway. Each names in `params.call` the request that it is made within, by that one's id. */
export const GATEWAY = {
  callTool: 'gateway/callTool',
  readResource: 'gateway/readResource',
  chat: 'gateway/chat',
  embed: 'gateway/embed',
  count: 'gateway/count',
  models: 'gateway/models',
} as const

/** How deep calls within calls go; the outermost is none of them. */
export const MAX_CALL_DEPTH = 4
/** How many calls there may be within one outermost call, at all depths together. */
export const MAX_CALLS_WITHIN = 1000
/** How many capabilities a definition may name. */
const MAX_CALLS = 100

/** A capability such as `fs.read`, all of one server's, `fs.*`, or `*` for whatever the caller may. */
const CALL = /^(?:\*|[a-z][a-z0-9_-]*\.(?:\*|[a-z][a-z0-9_]*))$/

/** Why a value is no list of what a server may call, as the end of a sentence; undefined where it is one, or is left out. */
export function callsProblem(calls: unknown): string | undefined {
  if (calls === undefined) return undefined
  if (!Array.isArray(calls) || calls.length === 0 || calls.length > MAX_CALLS)
    return `calls must name 1 to ${MAX_CALLS} capabilities, or be left out`
  const odd = calls.find((call) => typeof call !== 'string' || !CALL.test(call))
  if (odd === undefined) return undefined
  return `calls has ${JSON.stringify(odd)?.slice(0, 60)}, which is no capability such as "fs.read", "fs.*" or "*"`
}

/** Whether a server that may call these may use a capability. */
export const mayCall = (calls: readonly string[], capability: string): boolean =>
  calls.some(
    (call) =>
      call === '*' ||
      call === capability ||
      (call.endsWith('.*') && capability.startsWith(call.slice(0, -1))),
  )

/** Whether a call within one of a server with such `calls` can need a person's consent: of language models none does. */
export const mayNeedConsent = (calls: readonly string[] = []): boolean =>
  calls.some((call) => !call.startsWith('llm.'))

/** The vectors of an answer to an embedding, in the order of the texts; undefined where it has another shape. */
export function vectorsIn(answer: unknown, texts: number): number[][] | undefined {
  const { data } = isRecord(answer) ? answer : {}
  if (!Array.isArray(data) || data.length !== texts) return undefined
  const vectors: number[][] = []
  for (const one of data) {
    if (!isRecord(one) || !Number.isInteger(one.index) || !isVector(one.embedding)) return undefined
    vectors[one.index as number] = one.embedding
  }
  return vectors.length === texts && !vectors.includes(undefined as unknown as number[]) ? vectors : undefined
}

/** The models that an answer names, in OpenAI's shape; undefined where it has another. */
export function modelsIn(answer: unknown): GatewayModel[] | undefined {
  const { data } = isRecord(answer) ? answer : {}
  if (!Array.isArray(data)) return undefined
  return data.flatMap((one) =>
    isRecord(one) && typeof one.id === 'string' && typeof one.owned_by === 'string'
      ? [
          {
            name: one.id,
            provider: one.owned_by,
            ...(typeof one.kind === 'string' ? { kind: one.kind } : {}),
          },
        ]
      : [],
  )
}

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((number) => typeof number === 'number')
