/** Conversations as documents: Markdown for people, JSON for programs. Neither has a character that steers a terminal. */
import { cleaned, cleanLine, cleanText } from '../../../protocol/foreign-text.ts'
import type { Conversation, Message } from '../store/shapes.ts'
import type { Store } from '../store/store.ts'
import { type ExportedMessage, FORMAT, VERSION } from './format.ts'

export type Format = 'markdown' | 'json'

/** How much one part of a document has about, in characters, and how many messages are read at once. */
const PART_CHARS = 500_000
const PAGE = 200

export interface Part {
  content: string
  /** Where the next part begins, in messages; undefined where this is the last one. */
  next: number | undefined
}

/** A part of the document; all of them, one after the other, are the document. `from` is how many messages came before. */
export function exportPart(store: Store, conversation: Conversation, format: Format, from: number): Part {
  const ids = conversation.tip === undefined ? [] : store.idsUpTo(conversation.tip)
  const texts: string[] = from === 0 ? [headOf(conversation, format)] : []
  let chars = 0
  let at = from
  while (at < ids.length && chars < PART_CHARS) {
    const page = ids.slice(at, at + PAGE)
    const last = page.at(-1)
    const messages = last === undefined ? [] : store.upTo(last, page.length)
    for (const message of messages) {
      const text =
        format === 'markdown' ? markdownOf(message) : `${at > 0 ? ',' : ''}\n    ${jsonOf(message)}`
      texts.push(text)
      chars += text.length
      at++
      if (chars >= PART_CHARS) break
    }
  }
  const isLast = at >= ids.length
  if (isLast && format === 'json') texts.push('\n  ]\n}\n')
  return { content: texts.join(''), next: isLast ? undefined : at }
}

function headOf({ title, created, options }: Conversation, format: Format): string {
  if (format === 'markdown') return `# ${cleanLine(title)}\n`
  const head = {
    format: FORMAT,
    version: VERSION,
    title: cleanLine(title),
    created: new Date(created).toISOString(),
    ...(options.model !== undefined && { model: options.model }),
  }
  const fields = Object.entries(head).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  )
  return `{\n${fields.join('')}  "messages": [`
}

function jsonOf({ role, content, created, state, about, summary }: Message): string {
  const { calls = [], files = [], model } = about
  const exported: ExportedMessage = {
    role,
    text: content,
    time: new Date(created).toISOString(),
    ...(state !== 'whole' && { state }),
    ...(model !== undefined && { model }),
    ...(calls.length > 0 && { calls: calls.map(({ id: _, ...call }) => call) }),
    ...(files.length > 0 && { files: files.map(({ path, text }) => ({ path, text })) }),
    ...(summary !== undefined && { summary }),
  }
  return JSON.stringify(cleaned(exported))
}

function markdownOf({ role, content, created, state, why, about }: Message): string {
  const { calls = [], files = [], model } = about
  const who = role === 'user' ? 'You' : `Answer${model === undefined ? '' : ` of ${cleanLine(model)}`}`
  const parts = [
    `\n## ${who}, ${new Date(created).toISOString().slice(0, 16).replace('T', ' ')}\n`,
    ...files.map(({ path }) => `*Attached: ${cleanLine(path)}*\n`),
    ...calls.map(
      ({ name, arguments: given, result, isError }) =>
        `*${isError ? 'Used in vain' : 'Used'}: ${cleanLine(name)}*\n\n${fenced(given)}${result === undefined ? '' : `\n${fenced(result)}`}`,
    ),
    `${cleanText(content)}\n`,
    ...(state === 'broken_off' || state === 'stopped'
      ? [`*${state === 'stopped' ? 'Stopped.' : `Broken off. ${cleanLine(why ?? '')}`.trim()}*\n`]
      : []),
  ]
  return parts.join('\n')
}

/** As code: what tools gave must not read as a heading of the document. */
function fenced(text: string): string {
  const clean = cleanText(text)
  const longest = Math.max(2, ...(clean.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${clean}\n${fence}\n`
}
