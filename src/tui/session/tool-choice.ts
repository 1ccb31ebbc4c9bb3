/**
 * Which tools a model is given: as many as a quarter of what it can read has room for, chosen by the question. A question about
 * documents has their words and none of the tools for them: so the one that searches comes along where documents are indexed, and the one
 * that reads comes first where a file is named.
 */

import type { GatewayLink } from '../../command/link.ts'
import { SEARCH_TOOL } from '../../command/search/found.ts'
import { INDEX_TOOLS, indexStatusIn } from '../../command/search/index-status.ts'
import { READ_DOCUMENT } from '../../command/served-documents.ts'
import { ERRORS } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { OWN_TOOLS } from '../../protocol/names.ts'
import { isRecord } from '../../protocol/values.ts'
import { countIn } from '../model/answers.ts'
import type { ChatRequest, ChatTool, ToolOffer } from '../model/chat.ts'

/** The part of a model's context that tools may take. */
const SHARE = 1 / 4
/** The part of that which one tool may take with parameters that it does not need. */
const MOST_OF_ONE = 0.6
/** The part of it that is kept, at most, for reading what a search finds. */
const MOST_KEPT = 0.25
/** What a model elsewhere is taken to read, in tokens, where models.yaml does not say. */
const USUAL_CONTEXT = 32_768
/** How many tools a question finds at most. */
const MOST_FOUND = 16
/** What of a question tools are searched by, in characters. */
const MOST_WORDS = 1000
/** A tool that takes less is none, so that nothing more is tried, in tokens. */
const LEAST_TOOL = 16

export interface Chosen {
  tools: readonly ChatTool[]
  offer: ToolOffer
  /** How many tokens the model can see at once; undefined where the gateway can't tell. */
  context: number | undefined
}

export type Counter = ReturnType<typeof counter>

/** Counts what a model would read; gives undefined where the gateway can't. Rejects with its error. */
export const counter =
  (link: GatewayLink, model: string | undefined, signal: AbortSignal) =>
  async (messages: ChatRequest['messages'], tools: readonly ChatTool[]) => {
    const options = { ...(model === undefined ? {} : { model }), ...(tools.length > 0 ? { tools } : {}) }
    try {
      return countIn(await link.v1('mcp.llm.count', [messages, options], signal))
    } catch (error) {
      if (isUnknownMethod(error as Error)) return undefined
      throw error
    }
  }

const isUnknownMethod = ({ cause }: { cause?: unknown }): boolean =>
  cause instanceof RpcError && cause.code === ERRORS.METHOD_NOT_FOUND.code

/** Rejects with the gateway's error where it has no model. */
export async function chooseTools(
  { tools, messages, offered }: ChatRequest,
  link: GatewayLink,
  count: Counter,
  signal: AbortSignal,
): Promise<Chosen> {
  const all = (context?: number): Chosen => ({ tools, context, offer: offerOf(tools, tools) })
  const probe = [{ role: 'user' as const, content: '?' }]
  const nothing = await count(probe, [])
  // An older gateway does not count.
  if (nothing === undefined) return all()
  const { context = USUAL_CONTEXT } = nothing
  if (tools.length === 0 || !nothing.canCall)
    return { tools: [], context, offer: offerOf([], tools, tools.length === 0 ? undefined : 'unable') }
  const budget = Math.floor(context * SHARE)
  const costOf = async (some: readonly ChatTool[]) =>
    ((await count(probe, some))?.tokens ?? Number.POSITIVE_INFINITY) - nothing.tokens
  if ((await costOf(tools)) <= budget) return all(context)

  const { first, reader } = await inOrder(tools, offered, questionIn(messages), link, signal)
  const least = reader ? await costOf([formsOf(reader, budget).at(-1)?.[0] ?? reader]) : 0
  const kept = least <= budget * MOST_KEPT ? least : 0
  const chosen: ChatTool[] = []
  let used = 0
  for (const tool of reader ? [...first, reader] : first) {
    if (budget - used < LEAST_TOOL) break
    const room = budget - (tool === reader ? 0 : kept)
    for (const [form, most] of formsOf(tool, budget)) {
      const cost = await costOf([...chosen, form])
      if (cost > room || cost - used > most) continue
      chosen.push(form)
      used = cost
      break
    }
  }
  return { tools: chosen, context, offer: offerOf(chosen, tools, 'budget', budget) }
}

/**
 * A tool as it is; where it has more parameters than it needs, with the first of these, such as the pages of a document, and with none. With
 * each, how many tokens it may take: with what it does not need no more than most of the budget, so that others have room.
 */
function formsOf(tool: ChatTool, budget: number): [form: ChatTool, most: number][] {
  const { parameters } = tool.function
  if (!isRecord(parameters) || !isRecord(parameters.properties)) return [[tool, budget]]
  const all = Object.entries(parameters.properties)
  const isNeeded = ([name]: [string, unknown]) =>
    Array.isArray(parameters.required) && parameters.required.includes(name)
  const first = all.find((one) => !isNeeded(one))
  if (first === undefined) return [[tool, budget]]
  const most = budget * MOST_OF_ONE
  const withThese = (some: typeof all): ChatTool => {
    const own = { ...parameters, properties: Object.fromEntries(some) }
    return { ...tool, function: { ...tool.function, parameters: own } }
  }
  return [
    [tool, most],
    [withThese(all.filter((one) => one === first || isNeeded(one))), most],
    [withThese(all.filter(isNeeded)), budget],
  ]
}

/** A name or path of a file, such as `lease.pdf`; no address. */
const FILE_NAME =
  /(?<![\w@/.:])\/?(?:[\p{L}\p{N}_-]+[/.])*[\p{L}\p{N}_-]+\.[a-z][a-z\d]{1,4}(?![\w@/]|\.\w)/iu

/**
 * What the model knows already comes first, so that it need not read all anew, then what the question may be about: documents, and what
 * tools say they do. One that is about none of them, perhaps since it is in another language than the tools, may find use for any.
 * Where documents are indexed, `reader` reads what is found in them, and comes after all that.
 */
async function inOrder(
  tools: readonly ChatTool[],
  offered: readonly string[],
  question: string,
  link: GatewayLink,
  signal: AbortSignal,
): Promise<{ first: readonly ChatTool[]; reader?: ChatTool | undefined }> {
  const byName = new Map(tools.map((tool) => [tool.function.name, tool]))
  const [found, isIndexed] = await Promise.all([
    search(question, link, signal),
    byName.has(SEARCH_TOOL) && isAnythingIndexed(link, signal),
  ])
  const isToRead = FILE_NAME.test(question) || (isIndexed && offered.includes(READ_DOCUMENT))
  const fitting = [...(isToRead ? [READ_DOCUMENT] : []), ...(isIndexed ? [SEARCH_TOOL] : []), ...found]
  const isAboutNothing = found.length === 0 && offered.length === 0
  const names = new Set([
    ...offered.filter((name) => fitting.includes(name)),
    ...fitting,
    ...offered,
    ...(isAboutNothing ? byName.keys() : []),
  ])
  const known = [...names].flatMap((name) => byName.get(name) ?? [])
  if (known.length === 0) return { first: tools }
  const reader = isIndexed && !isToRead ? byName.get(READ_DOCUMENT) : undefined
  return { first: known.filter((tool) => tool !== reader), reader }
}

/** False where that can't be told. */
async function isAnythingIndexed(link: GatewayLink, signal: AbortSignal): Promise<boolean> {
  const call = { name: INDEX_TOOLS.status, arguments: {} }
  try {
    const { structuredContent } = await link.request(METHOD.callTool, call, { signal })
    return (indexStatusIn(structuredContent)?.folders.length ?? 0) > 0
  } catch {
    signal.throwIfAborted()
    return false
  }
}

async function search(question: string, link: GatewayLink, signal: AbortSignal): Promise<string[]> {
  if (question === '') return []
  const { structuredContent: found } = await link.request(
    METHOD.callTool,
    { name: OWN_TOOLS.search, arguments: { query: question, limit: MOST_FOUND } },
    { signal },
  )
  return isRecord(found) && Array.isArray(found.tools)
    ? found.tools.flatMap((tool) => (isRecord(tool) && typeof tool.name === 'string' ? [tool.name] : []))
    : []
}

const questionIn = (messages: ChatRequest['messages']): string =>
  (messages.findLast(({ role }) => role === 'user')?.content ?? '').slice(-MOST_WORDS).trim()

const offerOf = (
  chosen: readonly ChatTool[],
  all: readonly ChatTool[],
  because?: ToolOffer['because'],
  budget?: number,
): ToolOffer => ({
  names: chosen.map((tool) => tool.function.name),
  of: all.length,
  ...(because === undefined ? {} : { because }),
  ...(budget === undefined ? {} : { budget }),
})
