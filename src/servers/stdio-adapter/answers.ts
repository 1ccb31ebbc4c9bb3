/**
 * Answers of servers, read so that each ends the call that it is for: what can be used is, null is read as absent, and what
 * can't be read is an answer that says where. Parts that are not known are left out, so that nothing of others passes for a word
 * of the gateway, and no client fetches what a server only names.
 */

import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { ERRORS } from '../../protocol/errors.ts'
import { asDoubles, parseExactly } from '../../protocol/exact-json.ts'
import { requestIdIn } from '../../protocol/jsonrpc.ts'
import { LEGACY_VERSIONS, METHOD, NOTIFICATION } from '../../protocol/mcp.ts'
import { isRecord, wholeIn } from '../../protocol/values.ts'
import { endOfText } from './found-values.ts'

type JsonObject = Record<string, unknown>
type Id = string | number

/** Something of an answer can't be read; the message says where and why, as the end of a sentence. */
class Unreadable extends Error {}

/** The requests that wait for an answer, by what was sent. */
export class Waiting {
  readonly #methods = new Map<Id, string>()

  sent(message: JSONRPCMessage): void {
    if (!('method' in message)) return
    if ('id' in message) return void this.#methods.set(message.id, message.method)
    // What is given up waits no longer.
    const given = message.method === NOTIFICATION.cancelled ? requestIdIn(message.params) : undefined
    if (given !== undefined && given !== null) this.#methods.delete(given)
  }

  /** A value that came, as the official client takes it; undefined where it is no message, or answers nothing that waits. */
  read(value: unknown): JSONRPCMessage | undefined {
    if (!isRecord(value)) return undefined
    if (typeof value.method === 'string') {
      const { params, ...rest } = value
      // Some leave the version out, and some fill with null what they leave out.
      return { ...rest, jsonrpc: '2.0', ...(isRecord(params) ? { params } : {}) } as unknown as JSONRPCMessage
    }
    const id = value.id === null ? this.#refusedWithoutId(value.error) : this.#idOf(value.id)
    // Something else may have an id, such as what a server prints of its work.
    if (id === undefined || !PARTS.some((name) => name in value)) return undefined
    const method = this.#methods.get(id) as string
    this.#methods.delete(id)
    return { jsonrpc: '2.0', id, ...this.#outcome(method, value) } as JSONRPCMessage
  }

  /**
   * The same for what is no JSON, for which `why` continues "it": what Python writes for numbers that are none is read as null, and
   * anything else is an error for its call. Undefined where it names no request that waits.
   */
  readBroken(text: string, why = NOT_JSON): JSONRPCMessage | undefined {
    const repaired = why === NOT_JSON ? parsed(withoutNoNumbers(text.replace(/^\ufeff/, ''))) : undefined
    if (isRecord(repaired)) return this.read(repaired)
    if (!OF_JSON_RPC.test(text)) return undefined
    const id = idsOf(text)
      .map((given) => this.#idOf(given))
      .find((own) => own !== undefined)
    if (id === undefined) return undefined
    const method = this.#methods.get(id) as string
    this.#methods.delete(id)
    return { jsonrpc: '2.0', id, ...unreadable(method, `it ${why}`) } as JSONRPCMessage
  }

  /** Who could not read a request can't say which it was; where one waits alone, it was that. */
  #refusedWithoutId(error: unknown): Id | undefined {
    const [alone, ...others] = this.#methods.keys()
    const isRefusal =
      isRecord(error) && (error.code === ERRORS.PARSE.code || error.code === ERRORS.INVALID_REQUEST.code)
    return isRefusal && others.length === 0 ? alone : undefined
  }

  /** Some give a number back as a text. */
  #idOf(given: unknown): Id | undefined {
    if (typeof given !== 'string' && typeof given !== 'number') return undefined
    if (this.#methods.has(given)) return given
    const other = typeof given === 'string' ? wholeIn(given) : String(given)
    return other !== undefined && this.#methods.has(other) ? other : undefined
  }

  #outcome(method: string, { result, error }: JsonObject): { result: JsonObject } | { error: JsonObject } {
    if (error !== undefined && error !== null) {
      // A server that can be asked for a list need not have every list there is.
      if (isRecord(error) && error.code === ERRORS.METHOD_NOT_FOUND.code && LISTS[method] !== undefined)
        return { result: { [LISTS[method]]: [] } }
      return { error: readError(error) }
    }
    try {
      if (result === undefined || result === null)
        throw new Unreadable('it has neither a result nor an error')
      if (!isRecord(result)) throw new Unreadable('its result is no object')
      const read = (RESULTS[method] ?? ofItself)(result)
      // What the current revision wants said, and means where nothing is.
      return {
        result: {
          ...(CACHED.has(method) ? NOT_CACHED : {}),
          ...(TYPED.has(method) ? COMPLETE : {}),
          ...read,
        },
      }
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown
      return unreadable(method, thrown.message)
    }
  }
}

function unreadable(method: string, why: string): { result: JsonObject } | { error: JsonObject } {
  const message = `The server's answer can't be read: ${why}.`
  if (method !== METHOD.callTool) return { error: { code: ERRORS.INTERNAL.code, message } }
  const text = `${message} It is not known whether the call took effect.`
  return { result: { ...COMPLETE, content: [{ type: 'text', text }], isError: true } }
}

/** The longest line in which numbers that are none are looked for, in characters. */
const MAX_REPAIRED = 1024 * 1024
/** A text that is not closed goes to the end, so that this reads each character once. */
const TEXT_OR_NO_NUMBER = /"(?:[^"\\]|\\.)*"?|-?\b(?:NaN|Infinity)\b/g

const withoutNoNumbers = (line: string): string =>
  line.length > MAX_REPAIRED || !/NaN|Infinity/.test(line)
    ? line
    : line.replace(TEXT_OR_NO_NUMBER, (part) => (part.startsWith('"') ? part : 'null'))

export const NOT_JSON = 'is no JSON, or was cut off'
/** What only messages have, and the same in a text. */
const PARTS = ['jsonrpc', 'result', 'error'] as const
const OF_JSON_RPC = new RegExp(`["'](?:${PARTS.join('|')})["']\\s*:`)
const ID = /\s*:\s*(?:["']([^"'\\]{1,100})["']|(-?\d{1,16})(?=\s*[,}]|\s*$))/y

/** The ids of a message that is no JSON: outermost in it, and where none stands there, as may be in what is broken, any. */
function idsOf(text: string): Id[] {
  const outermost: Id[] = []
  const inner: Id[] = []
  // Python prints its own values with the other quotes.
  const quote = /^\s*\{\s*'/.test(text) ? "'" : '"'
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    if (character !== quote) continue
    const end = endOfText(text, i + 1, quote)
    if (end < 0) break
    ID.lastIndex = end + 1
    if (text.slice(i + 1, end) === 'id') {
      const [, words, number] = ID.exec(text) ?? []
      if (words !== undefined || number !== undefined)
        (depth === 1 ? outermost : inner).push(words ?? Number(number))
    }
    i = end
  }
  return outermost.length > 0 ? outermost : inner
}

/** Undefined for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return parseExactly(text)
  } catch {
    return undefined
  }
}

/** What each list of a server is called in the answer. */
const LISTS: Readonly<Record<string, string>> = {
  [METHOD.listTools]: 'tools',
  [METHOD.listPrompts]: 'prompts',
  [METHOD.listResources]: 'resources',
  [METHOD.listResourceTemplates]: 'resourceTemplates',
}

/** Methods whose results have a type in the current revision, and those whose results say how long they hold. */
const TYPED: ReadonlySet<string> = new Set(Object.values(METHOD))
const CACHED: ReadonlySet<string> = new Set([METHOD.discover, METHOD.readResource, ...Object.keys(LISTS)])
const COMPLETE = { resultType: 'complete' }
const NOT_CACHED = { ttlMs: 0, cacheScope: 'private' }

const RESULTS: Readonly<Record<string, (result: JsonObject) => JsonObject>> = {
  [METHOD.discover]: (result) => {
    const { capabilities, ...rest } = ofItself(result)
    return { ...rest, capabilities: readCapabilities(capabilities) }
  },
  initialize: (result) => {
    const { serverInfo, capabilities, protocolVersion, ...rest } = ofItself(result)
    const { name, version, ...more } = isRecord(serverInfo) ? withoutNulls(serverInfo) : {}
    return {
      ...rest,
      protocolVersion: LEGACY_VERSIONS.find((version) => version === protocolVersion) ?? OLDEST_VERSION,
      capabilities: readCapabilities(capabilities),
      serverInfo: { ...more, name: textOr(name, 'unnamed'), version: textOr(version, '0') },
    }
  },
  [METHOD.callTool]: (result) => {
    const { content, structuredContent, isError, toolResult, ...rest } = withoutNulls(result)
    if (rest.resultType === 'input_required') return withoutNulls(result)
    // Before there was "content" there was "toolResult".
    const { blocks, problems } = readBlocks(content ?? asText(toolResult), 'content')
    // What can't be handed on as structured is not lost where no text says the same.
    const isStructured = isRecord(structuredContent)
    if (!isStructured && structuredContent !== undefined && blocks.length === 0)
      blocks.push({ type: 'text', text: asText(structuredContent) })
    const trouble = `The server's answer can't be read in full: ${problems.join('; ')}. The call itself was made.`
    return {
      ...(rest.resultType === undefined ? {} : { resultType: rest.resultType }),
      content: problems.length === 0 ? blocks : [...blocks, { type: 'text', text: trouble }],
      ...(isStructured ? { structuredContent } : {}),
      ...(isError === true || problems.length > 0 ? { isError: true } : {}),
    }
  },
  [METHOD.getPrompt]: (result) => {
    const { messages, description, resultType } = withoutNulls(result)
    if (resultType === 'input_required') return withoutNulls(result)
    const read = listOf(messages, 'messages').map((message, i) => {
      if (!isRecord(message)) throw new Unreadable(`messages[${i}] is no object`)
      const { blocks, problems } = readBlocks(message.content, `messages[${i}].content`)
      if (problems.length > 0) throw new Unreadable(problems.join('; '))
      return blocks.map((content) => ({ role: message.role === 'assistant' ? 'assistant' : 'user', content }))
    })
    return { ...typed(resultType), ...optionalText('description', description), messages: read.flat() }
  },
  [METHOD.readResource]: (result) => {
    const { contents, resultType } = withoutNulls(result)
    if (resultType === 'input_required') return withoutNulls(result)
    return {
      ...typed(resultType),
      contents: listOf(contents, 'contents').map((part, i) => readContents(part, `contents[${i}]`)),
    }
  },
  [METHOD.complete]: (result) => {
    const { completion, resultType } = withoutNulls(result)
    if (!isRecord(completion)) throw new Unreadable('"completion" is no object')
    const values = listOf(completion.values, 'completion.values').filter((value) => typeof value === 'string')
    return { ...typed(resultType), completion: { values } }
  },
}

/** What each of the capabilities with lists may say. A server that names none of them is asked for its tools all the same. */
function readCapabilities(given: unknown): JsonObject {
  const capabilities = isRecord(given) ? withoutNulls(given) : {}
  const lists = ['tools', 'prompts', 'resources'].filter((name) => (capabilities[name] ?? false) !== false)
  const read = lists.map((name) => {
    const { listChanged, subscribe } = isRecord(capabilities[name]) ? capabilities[name] : {}
    return [
      name,
      { ...(listChanged === true ? { listChanged } : {}), ...(subscribe === true ? { subscribe } : {}) },
    ]
  })
  return lists.length === 0
    ? { ...capabilities, tools: {} }
    : { ...capabilities, ...Object.fromEntries(read) }
}

/** What all revisions have: spoken to a server that does not say which, or names one that is unknown. */
const OLDEST_VERSION = LEGACY_VERSIONS[LEGACY_VERSIONS.length - 1]

const asText = (value: unknown): string | undefined =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value)

const typed = (resultType: unknown): JsonObject => (resultType === undefined ? {} : { resultType })
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)
const optionalText = (key: string, value: unknown): JsonObject =>
  typeof value === 'string' ? { [key]: value } : {}

const withoutNulls = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null))

/** What a server says of itself: read, kept and compared by several programs, which all take numbers for doubles. */
const ofItself = (result: JsonObject): JsonObject => asDoubles(withoutNulls(result))

function listOf(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Unreadable(`"${where}" is no list`)
  return value
}

function readError(error: unknown): JsonObject {
  const { code, message, data } = isRecord(error)
    ? error
    : { code: undefined, message: error, data: undefined }
  return {
    code: Number.isSafeInteger(code) ? code : ERRORS.INTERNAL.code,
    message: textOr(message, '') || 'The server gave an error and did not say which.',
    ...(data === undefined || data === null ? {} : { data }),
  }
}

/** Blocks of content: those that can be read, and of the others where they stand and why not. One by itself is a list of one. */
function readBlocks(content: unknown, where: string): { blocks: JsonObject[]; problems: string[] } {
  if (content === undefined || content === null) return { blocks: [], problems: [] }
  if (typeof content === 'string') return { blocks: [{ type: 'text', text: content }], problems: [] }
  const blocks: JsonObject[] = []
  const problems: string[] = []
  for (const [i, block] of (Array.isArray(content) ? content : [content]).entries())
    try {
      blocks.push(readBlock(block, `${where}[${i}]`))
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown
      problems.push(thrown.message)
    }
  return { blocks, problems }
}

function readBlock(block: unknown, where: string): JsonObject {
  if (!isRecord(block)) throw new Unreadable(`${where} is no object`)
  const { type } = block
  const text = (key: string): string => {
    const value = block[key]
    if (typeof value !== 'string') throw new Unreadable(`${where}.${key} is no text`)
    return value
  }
  const annotations = annotationsOf(block.annotations)
  switch (type) {
    case 'text':
      return { type, text: text('text'), ...annotations }
    case 'image':
    case 'audio':
      return { type, data: base64(text('data'), `${where}.data`), mimeType: text('mimeType'), ...annotations }
    case 'resource_link': {
      const uri = text('uri')
      const rest = ['title', 'description', 'mimeType'].map((key) => optionalText(key, block[key]))
      return { type, uri, name: textOr(block.name, uri), ...Object.assign({}, ...rest), ...annotations }
    }
    case 'resource':
      return { type, resource: readContents(block.resource, `${where}.resource`), ...annotations }
  }
  throw new Unreadable(`${where} is of a type that is not known, ${JSON.stringify(type)?.slice(0, 100)}`)
}

function readContents(value: unknown, where: string): JsonObject {
  if (!isRecord(value) || typeof value.uri !== 'string') throw new Unreadable(`${where} has no address`)
  const { uri, mimeType, text, blob } = value
  const about = { uri, ...optionalText('mimeType', mimeType) }
  if (typeof text === 'string') return { ...about, text }
  if (typeof blob === 'string') return { ...about, blob: base64(blob, `${where}.blob`) }
  throw new Unreadable(`${where} has neither "text" nor "blob"`)
}

/** Some write it with line breaks, for URLs or without its end. */
function base64(given: string, where: string): string {
  const text = given.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(text) || text.length % 4 === 1) throw new Unreadable(`${where} is no base64`)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

function annotationsOf(value: unknown): JsonObject {
  if (!isRecord(value)) return {}
  const { audience, priority, lastModified } = value
  const known = {
    ...(Array.isArray(audience)
      ? { audience: audience.filter((each) => each === 'user' || each === 'assistant') }
      : {}),
    ...(typeof priority === 'number' && priority >= 0 && priority <= 1 ? { priority } : {}),
    ...optionalText('lastModified', lastModified),
  }
  return Object.keys(known).length === 0 ? {} : { annotations: known }
}
