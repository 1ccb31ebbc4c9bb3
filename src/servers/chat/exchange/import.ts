/** Reads conversations that were exported, and those that luca's terminal kept in files of its own. */
import { randomBytes } from 'node:crypto'
import { ToolError } from '../../../protocol/define.ts'
import { isRecord, isWhole, parsedJson, textIn } from '../../../protocol/values.ts'
import type { About, AttachedFile, ToolCall } from '../store/shapes.ts'
import type { NewMessage } from '../store/store.ts'
import { FORMAT, VERSION } from './format.ts'

export interface Imported {
  /** Undefined where its first question says it. */
  title: string | undefined
  model: string | undefined
  messages: (NewMessage & { summary?: string })[]
}

const MAX_MESSAGES = 200_000

/** Throws a ToolError for what is neither. */
export function readConversation(document: string): Imported {
  const value = parsedJson(document)
  if (isRecord(value) && Array.isArray(value.turns)) return ofTerminal(value, value.turns)
  if (!isRecord(value) || value.format !== FORMAT || !Array.isArray(value.messages))
    throw unreadable('it is no conversation that was exported as JSON')
  if (value.version !== VERSION) throw unreadable(`it is of another version than ${VERSION}`)
  if (value.messages.length > MAX_MESSAGES) throw unreadable(`it has more than ${MAX_MESSAGES} messages`)
  return { title: textIn(value.title), model: textIn(value.model), messages: value.messages.map(messageIn) }
}

const unreadable = (why: string): ToolError =>
  new ToolError(`This can't be imported: ${why}.`, { kind: 'invalid' })

function messageIn(value: unknown, n: number): Imported['messages'][number] {
  const text = isRecord(value) ? textIn(value.text) : undefined
  if (!isRecord(value) || text === undefined || (value.role !== 'user' && value.role !== 'assistant'))
    throw unreadable(`message ${n + 1} has no text or role`)
  const { role, state, calls, files, model, summary } = value
  const created = Date.parse(textIn(value.time) ?? '')
  const read = recordsIn(files).flatMap(fileIn)
  const used = recordsIn(calls).flatMap(callIn)
  const about: About = {
    ...(read.length > 0 && { files: read }),
    ...(used.length > 0 && { calls: used }),
    ...(typeof model === 'string' && { model }),
  }
  return {
    role,
    content: text,
    state: state === undefined ? 'whole' : state === 'stopped' ? 'stopped' : 'broken_off',
    about,
    ...(Number.isSafeInteger(created) && created >= 0 && { created }),
    ...(typeof summary === 'string' && { summary }),
  }
}

/** A file in which luca's terminal kept a conversation before this server did. */
function ofTerminal({ model }: Record<string, unknown>, turns: readonly unknown[]): Imported {
  const messages = turns.filter(isRecord).flatMap((turn): NewMessage[] => {
    const content = textIn(turn.text) ?? ''
    if (turn.by === 'person') {
      const files = recordsIn(turn.attachments).flatMap(fileIn)
      return [{ role: 'user', content, state: 'whole', about: files.length > 0 ? { files } : {} }]
    }
    if (turn.by !== 'model') return []
    const calls = recordsIn(turn.uses).flatMap(useIn)
    const isWhole = turn.isWhole === true && (turn.ended === undefined || turn.ended === '')
    return [
      {
        role: 'assistant',
        content,
        state: isWhole ? 'whole' : 'broken_off',
        about: calls.length > 0 ? { calls } : {},
        ...(!isWhole && { why: textIn(turn.ended) || 'The session ended here.' }),
      },
    ]
  })
  return { title: undefined, model: textIn(model), messages: takingTurns(messages) }
}

/** An answer follows each question: the terminal asked models several times for one. */
function takingTurns(messages: readonly NewMessage[]): NewMessage[] {
  const turns: NewMessage[] = []
  for (const message of messages) {
    const before = turns.at(-1)
    if (before?.role !== message.role) turns.push(message)
    else if (before) turns[turns.length - 1] = joined(before, message)
  }
  return turns
}

function joined(one: NewMessage, other: NewMessage): NewMessage {
  const content = [one.content, other.content].filter((text) => text !== '').join('\n\n')
  const calls = [...(one.about?.calls ?? []), ...(other.about?.calls ?? [])]
  const files = [...(one.about?.files ?? []), ...(other.about?.files ?? [])]
  return {
    ...other,
    content,
    about: { ...(calls.length > 0 && { calls }), ...(files.length > 0 && { files }) },
  }
}

const recordsIn = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

function fileIn({ path, text }: Record<string, unknown>): AttachedFile[] {
  return typeof path === 'string' && typeof text === 'string'
    ? [{ path, text, mark: randomBytes(6).toString('hex') }]
    : []
}

function callIn({
  name,
  arguments: given,
  at,
  result,
  isError,
  untrusted,
}: Record<string, unknown>): ToolCall[] {
  if (typeof name !== 'string' || typeof given !== 'string') return []
  return [
    {
      id: '',
      name,
      arguments: given,
      at: isWhole(at, 0) ? at : 0,
      ...(typeof result === 'string' && { result }),
      ...(isError === true && { isError }),
      ...(typeof untrusted === 'string' && { untrusted }),
    },
  ]
}

function useIn({ name, arguments: given, state, result, isOfOthers }: Record<string, unknown>): ToolCall[] {
  return callIn({
    name,
    arguments: given,
    result,
    isError: state === 'failed',
    ...(isOfOthers === true && { untrusted: 'server' }),
  })
}
