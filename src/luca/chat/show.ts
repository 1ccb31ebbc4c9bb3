/** Conversations on the terminal. */

import type { MessageInfo } from '../../command/chat/conversations.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, styled, visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { wholeIn } from '../../protocol/values.ts'
import { askConversations, askHits, askPage, type ConversationInfo } from './ask.ts'

const MOST = 200
const DEFAULT_LIST = 20
/** How many messages are asked for at once. */
const PAGE = 100
const ID_CHARS = 8
/** By the clock of who looks, such as `2026-11-28 07:00`. */
const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })

export async function showConversations(input: Input, context: Context): Promise<Outcome> {
  const { value, document } = await askConversations(context, limitOf(input, DEFAULT_LIST))
  if (context.json) writeJson(context.io, document)
  else if (value.conversations.length === 0)
    writeLine(context.io.stderr, 'There is none yet; "luca chat QUESTION" begins one.')
  else {
    writeTable(context.io, ['ID', 'CHANGED', 'MESSAGES', 'TITLE'], value.conversations.map(rowOf))
    if (value.nextCursor !== undefined) writeLine(context.io.stderr, 'There are more; --limit shows them.')
  }
  return value.conversations.length === 0 ? 'nothing' : 'ok'
}

/** The last messages, or all of them. */
export async function showConversation(id: string, input: Input, context: Context): Promise<Outcome> {
  const wanted = input.flag('all') ? Number.MAX_SAFE_INTEGER : limitOf(input, DEFAULT_LIST)
  const results = input.flag('results')
  const messages: MessageInfo[] = []
  const documents: unknown[] = []
  let title = ''
  let before: number | undefined
  do {
    const limit = Math.min(PAGE, wanted - messages.length)
    const { value, document } = await askPage(context, id, {
      limit,
      results,
      ...(before !== undefined && { before }),
    })
    messages.unshift(...value.messages)
    documents.unshift(document)
    title = value.conversation.title
    before = value.older
  } while (before !== undefined && messages.length < wanted)
  const { io } = context
  if (context.json) {
    writeJson(io, documents.length === 1 ? documents[0] : { pages: documents })
    return 'ok'
  }
  writeLine(io.stdout, styled(io.stdout, io.env, 'bold', inLine(title)))
  if (before !== undefined) writeLine(io.stderr, 'There are older messages; --all shows them.')
  for (const message of messages) writeMessage(message, context)
  return 'ok'
}

export async function searchConversations(input: Input, context: Context): Promise<Outcome> {
  const { value, document } = await askHits(
    context,
    input.positionals.join(' '),
    limitOf(input, DEFAULT_LIST),
  )
  if (context.json) writeJson(context.io, document)
  else if (value.length === 0) writeLine(context.io.stderr, 'Nothing was found.')
  else
    for (const { conversation, text } of value) {
      const [id = '', changed = '', , title = ''] = rowOf(conversation)
      writeLine(context.io.stdout, inLine(`${id}  ${changed}  ${title}`))
      writeLine(context.io.stdout, `    ${inLine(text)}`)
    }
  return value.length === 0 ? 'nothing' : 'ok'
}

function writeMessage(
  { id, role, text, time, state, why, files, calls, summary }: MessageInfo,
  { io }: Context,
): void {
  const who = role === 'user' ? 'You' : 'Answer'
  const when = time === '' ? '' : LOCAL.format(new Date(time))
  writeLine(io.stdout, `\n${styled(io.stdout, io.env, 'bold', who)}  ${id}  ${inLine(when)}`)
  for (const file of files) writeLine(io.stdout, `[attached: ${inLine(file)}]`)
  for (const { name, arguments: given, result, isError } of calls) {
    writeLine(io.stdout, `→ ${inLine(name)} ${inLine(given)}${isError ? ' (failed)' : ''}`)
    if (result !== undefined) writeLine(io.stdout, visible(result).replace(/^/gm, '  '))
  }
  if (text !== '') writeLine(io.stdout, visible(text))
  if (state === 'stopped') writeLine(io.stdout, '[stopped]')
  else if (state === 'broken_off')
    writeLine(io.stdout, `[broken off${why === undefined ? '' : `: ${inLine(why)}`}]`)
  else if (state !== 'whole') writeLine(io.stdout, '[still being answered]')
  if (summary !== undefined) writeLine(io.stdout, `[summary of all up to here: ${inLine(summary)}]`)
}

const rowOf = ({ id, changed, messages, title }: ConversationInfo): string[] => [
  id.slice(0, ID_CHARS),
  changed === '' ? '' : LOCAL.format(new Date(changed)),
  String(messages),
  title,
]

function limitOf(input: Input, otherwise: number): number {
  const text = input.text('limit')
  const limit = text === undefined ? otherwise : wholeIn(text, 1, MOST)
  if (limit === undefined) throw new CliError('usage', `--limit takes a number from 1 to ${MOST}.`)
  return limit
}
