/** Conversations are renamed, forked, exported, imported and deleted; and what each begins with. */
import { answererFor } from '../../command/answers.ts'
import { oldNames } from '../../command/chat/old-conversations.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { readGivenFile } from '../../command/given-file.ts'
import { defaultState } from '../../command/installation.ts'
import { inLine, visible, writeJson, writeLine } from '../../command/output.ts'
import { wholeIn } from '../../protocol/values.ts'
import { askChanged, askContext, askDelete, askExport, askImport } from './ask.ts'
import { type TakenIn, takeIn } from './old.ts'

/** As much as a call can carry. */
const MAX_IMPORT_BYTES = 16 * 1024 * 1024

export async function rename(
  [conversation = '', ...title]: readonly string[],
  context: Context,
): Promise<Outcome> {
  const { value, document } = await askChanged(context, 'update_conversation', {
    conversation,
    title: title.join(' '),
  })
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, `It is called ${inLine(value.title)}.`)
  return 'ok'
}

export async function fork([conversation = '', at]: readonly string[], context: Context): Promise<Outcome> {
  const message = wholeIn(at, 1)
  if (at !== undefined && message === undefined)
    throw new CliError('usage', 'A message is named by its number; "luca chat show" shows them.')
  const { value, document } = await askChanged(context, 'fork_conversation', {
    conversation,
    ...(message !== undefined && { message }),
  })
  if (context.json) writeJson(context.io, document)
  else
    writeLine(
      context.io.stdout,
      `Forked as ${inLine(value.id.slice(0, 8))}, with ${value.messages} messages.`,
    )
  return 'ok'
}

/** The document itself is JSON or Markdown, whatever is asked of other commands. */
export async function exportConversation(
  conversation: string,
  input: Input,
  context: Context,
): Promise<Outcome> {
  const format = context.json ? 'json' : (input.text('format') ?? 'markdown')
  if (format !== 'json' && format !== 'markdown')
    throw new CliError('usage', '--format takes markdown or json.')
  for (let from: number | undefined = 0; from !== undefined; ) {
    const { value } = await askExport(context, conversation, format, from)
    context.io.stdout.write(value.content)
    from = value.next
  }
  return 'ok'
}

/** A file; without, those that the full-screen interface kept, each of them once. */
export async function importConversations(file: string | undefined, context: Context): Promise<Outcome> {
  const { io } = context
  const { imported, failed } =
    file === undefined ? await takeIn(context, oldNames(defaultState(io.env))) : await fromFile(file, context)
  if (context.json) writeJson(io, { imported, failed })
  else {
    const count = imported.length
    writeLine(io.stdout, `${count} ${count === 1 ? 'conversation is' : 'conversations are'} imported.`)
    for (const { origin, why } of failed)
      writeLine(io.stderr, `Not imported: ${inLine(origin)}. ${inLine(why)}`)
  }
  return failed.length > 0 ? 'failed' : 'ok'
}

async function fromFile(file: string, context: Context): Promise<TakenIn> {
  const { value } = await askImport(context, { document: await readGivenFile(file, MAX_IMPORT_BYTES) })
  return { imported: [value.conversation.id], failed: [] }
}

export async function deleteConversations(ids: readonly string[], context: Context): Promise<Outcome> {
  const deleted: string[] = []
  for (const id of ids) {
    const { value } = await askDelete(context, id)
    deleted.push(id)
    if (!context.json) writeLine(context.io.stdout, `${inLine(value)} is deleted.`)
  }
  if (context.json) writeJson(context.io, { deleted })
  return 'ok'
}

/** What each conversation begins with; or whether one does. */
export async function personalContext(input: Input, context: Context): Promise<Outcome> {
  const [off, on] = [input.text('off'), input.text('on')]
  const conversation = off ?? on
  if (conversation !== undefined) {
    const { document } = await askChanged(context, 'update_conversation', {
      conversation,
      personalContext: off === undefined,
    })
    if (context.json) writeJson(context.io, document)
    else
      writeLine(
        context.io.stdout,
        `It is told ${off === undefined ? 'the personal context' : 'nothing of you'}.`,
      )
    return 'ok'
  }
  const text = input.flag('clear') ? '' : input.positionals.join(' ')
  const isSet = text !== '' || input.flag('clear')
  const { value, document } = await askContext(isSet ? agreeing(context) : context, isSet ? { text } : {})
  if (context.json) writeJson(context.io, document)
  else if (value === '') writeLine(context.io.stderr, 'There is none; "luca chat context TEXT" sets it.')
  else writeLine(context.io.stdout, visible(value))
  return 'ok'
}

/** Who types the command says what is kept: that is the consent which others are asked for. */
function agreeing(context: Context): Context {
  const answerer = answererFor(context.io, { yes: true, ask: context.ask })
  return { ...context, gateway: async () => (await context.gateway()).answering(answerer) }
}
