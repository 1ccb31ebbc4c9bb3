/** `luca chat QUESTION`: the answer as it comes. */
import { joinAnswer, type Question, sendMessage } from '../../command/chat/send.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, patiently, visible, writeJson, writeLine } from '../../command/output.ts'
import { servedPath } from '../../command/served-paths.ts'
import type { ChatPart } from '../../contracts/chat.ts'
import { wholeIn } from '../../protocol/values.ts'
import { type AnswerInfo, lastConversation } from './ask.ts'
import { Shown } from './shown.ts'

/** Asks what was typed. Throws a CliError where there is no answer. */
export async function answer(text: string, input: Input, context: Context): Promise<Outcome> {
  const question = await questionOf(text, input, context)
  const link = await context.gateway()
  return show(context, question.conversation === undefined, (following) =>
    sendMessage(link, question, following),
  )
}

/** Shows the last answer of a conversation, from its beginning, until it has ended. */
export async function join(conversation: string, context: Context): Promise<Outcome> {
  const link = await context.gateway()
  return show(context, false, (following) => joinAnswer(link, conversation, following))
}

async function questionOf(text: string, input: Input, context: Context): Promise<Question> {
  const [model, level] = [input.text('model'), input.text('level')]
  const hardness = wholeIn(level, 0, 2)
  if (level !== undefined && hardness === undefined) throw new CliError('usage', '--level takes 0, 1 or 2.')
  const named = input.text('conversation')
  if (named !== undefined && input.flag('continue'))
    throw new CliError('usage', 'Either --continue or --conversation.')
  if (input.flag('tools') && input.flag('no-tools'))
    throw new CliError('usage', 'Either --tools or --no-tools.')
  const conversation = named ?? (input.flag('continue') ? await lastConversation(context) : undefined)
  const files = input.list('file').map((path) => servedPath(context.cwd, path))
  return {
    text,
    ...(conversation !== undefined && { conversation }),
    ...(files.length > 0 && { files }),
    ...(model !== undefined && { model }),
    ...(hardness !== undefined && { level: hardness }),
    ...(input.flag('no-tools') && { tools: [] }),
    ...(input.flag('tools') && { tools: 'auto' }),
  }
}

type Follow = (following: { signal: AbortSignal; onPart(part: ChatPart): void }) => Promise<AnswerInfo>

async function show(context: Context, isNew: boolean, follow: Follow): Promise<Outcome> {
  const { io, json, signal } = context
  const shown = new Shown(context)
  const heard = Promise.withResolvers<void>()
  const work = follow({
    signal,
    onPart(part) {
      if (json && 'text' in part) return
      if ('text' in part || 'step' in part) heard.resolve()
      // The line that says how long it takes must go before.
      queueMicrotask(() => shown.take(part))
    },
  })
  try {
    await patiently(context, () => 'the model is thinking', Promise.race([heard.promise, work]))
    const told = await work
    await shown.consents.answered
    if (json) writeJson(io, told)
    else {
      if (!shown.hasText && told.text !== '') shown.take({ text: told.text })
      shown.endLine()
      if (isNew && io.stderr.isTTY)
        writeLine(io.stderr, `(conversation ${inLine(told.conversation.slice(0, 8))})`)
    }
    if (told.ended === 'length')
      writeLine(io.stderr, 'The answer was cut off: it reached its limit of tokens.')
    if (told.state === 'whole') return 'ok'
    const ended =
      told.state === 'stopped'
        ? 'The answer was stopped.'
        : `${told.text === '' ? 'There is no answer.' : 'The answer broke off.'} ${visible(told.why ?? '')}`
    writeLine(io.stderr, ended.trim())
    return 'failed'
  } catch (error) {
    shown.endLine()
    throw error
  }
}
