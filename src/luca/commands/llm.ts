import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { readGivenFile } from '../../command/given-file.ts'
import { ask, type Message } from '../../command/llm/answer.ts'
import { Conversation } from '../../command/llm/conversation.ts'
import { troubleWithModel } from '../../command/llm/troubles.ts'
import { patiently, visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { questionWith } from '../../command/piped-text.ts'
import type { ChatPart } from '../../contracts/chat.ts'
import type { LoopRequest } from '../../contracts/tool-loop.ts'
import { isRecord } from '../../protocol/values.ts'
import { Shown } from '../chat/shown.ts'

/** The largest schema that is read, in bytes. */
const MAX_SCHEMA_BYTES = 4 * 1024 * 1024

interface Model {
  id: string
  owned_by: string
  is_default?: boolean
}

/** By which name the gateway tells a person that the model has read it. */
const PIPED = 'piped_text'

const DETAILS =
  'One question, of which nothing is kept; "luca chat" keeps what is said, with files, and an answer there goes on without luca. The model may use your ' +
  'tools, unless there is a schema, and you are asked before one destroys or sends something. ' +
  'Piped text goes to the model after PROMPT: cat notes | luca llm "summarise". Ctrl-C stops the answer. ' +
  'OPTIONS is a JSON object such as \'{"temperature": 0}\'.'

/** The command. With a conversation, each question is asked after those before it. */
function llmCommand(conversation: Conversation | undefined): Command {
  const command: Command = {
    name: 'llm',
    usage: '[PROMPT] [OPTIONS]',
    summary: 'ask a language model; "luca llm --list" lists them',
    details: conversation
      ? `${DETAILS} The conversation goes on from line to line until "llm --new".`
      : DETAILS,
    positionals: [0, 2],
    gateway: true,
    options: {
      model: { value: 'NAME', short: 'm', description: 'the model to ask, instead of the default' },
      system: { value: 'TEXT', short: 's', description: 'the system message' },
      schema: { value: 'FILE', description: 'a JSON Schema that the answer must follow' },
      'no-tools': { description: 'let the model use no tools' },
      list: { short: 'l', description: 'list the models' },
      ...(conversation ? { new: { description: 'start a new conversation' } } : {}),
    },
    async run(input, context) {
      if (input.flag('list')) return list(context)
      if (input.flag('new')) conversation?.clear()
      const [prompt, given = '{}'] = input.positionals
      const question = await questionWith(prompt, context)
      if (question !== undefined)
        return answer(
          question,
          withTools(await optionsOf(given, input), input, [
            ...(conversation?.read ?? []),
            ...(question === prompt ? [] : [PIPED]),
          ]),
          input,
          context,
          conversation,
        )
      if (input.flag('new')) return 'ok'
      throw misuse(command, 'there is nothing to ask')
    },
  }
  return command

  async function optionsOf(text: string, input: Input): Promise<Record<string, unknown>> {
    const model = input.text('model')
    const file = input.text('schema')
    const options = parsed(text, (why) => misuse(command, `the options are not a JSON object (${why})`))
    return {
      ...options,
      ...(model === undefined ? {} : { model }),
      ...(file === undefined ? {} : { response_format: await formatOf(file) }),
    }
  }
}

export const llm: Command = { ...llmCommand(undefined), inLineMode: () => llmCommand(new Conversation()) }

async function answer(
  question: string,
  options: Record<string, unknown>,
  input: Input,
  context: Context,
  conversation: Conversation | undefined,
): Promise<Outcome> {
  const { io, json } = context
  const system = input.text('system')
  const asked: Message = { role: 'user', content: question }
  const messages: Message[] = [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...(conversation?.messages ?? []),
    asked,
  ]
  const stream = options.stream !== false && !json
  const shown = new Shown(context)
  let said = ''
  const show = (part: ChatPart) => {
    if ('text' in part) said += part.text
    shown.take(part)
  }
  try {
    const whole = await ask({ messages, options: { ...options, stream }, onPart: show }, context)
    await shown.consents.answered
    const content = whole.choices?.[0]?.message?.content ?? ''
    if (json) writeJson(io, whole)
    else if (said === '') show({ text: content })
    conversation?.add(asked, content, whole.llmbasedos?.loop?.read)
    if (whole.choices?.[0]?.finish_reason === 'length')
      writeLine(io.stderr, `${json ? '' : '\n'}The answer was cut off: it reached its limit of tokens.`)
    if (!json) writeLine(io.stdout, '')
    return 'ok'
  } catch (error) {
    if (said !== '') {
      conversation?.add(asked, said)
      writeLine(io.stdout, '')
    }
    const told = troubleWithModel(error)
    if (told === undefined) throw error
    throw new CliError(error instanceof CliError ? error.outcome : 'failed', told, { cause: error })
  }
}

/** With the tools of this machine, unless something else is asked for. `read` names what showed the model words of others. */
function withTools(
  options: Record<string, unknown>,
  input: Input,
  read: readonly string[],
): Record<string, unknown> {
  if (input.flag('no-tools') || 'tools' in options || 'response_format' in options) return options
  const loop: LoopRequest = { steps: true, read }
  return { ...options, tools: 'auto', llmbasedos: loop }
}

async function formatOf(file: string): Promise<object> {
  const text = await readGivenFile(file, MAX_SCHEMA_BYTES)
  const schema = parsed(
    text,
    (why) => new CliError('failed', `The schema ${file} is no JSON object: ${why}.`),
  )
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } }
}

function parsed(text: string, toError: (why: string) => CliError): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw toError((cause as Error).message)
  }
  if (!isRecord(value)) throw toError('it is something else')
  return value
}

async function list(context: Context): Promise<Outcome> {
  const { io } = context
  const link = await context.gateway()
  const asking = link.v1<{ data: Model[]; problem?: string }>('mcp.llm.models', undefined, context.signal)
  const { data, problem } = await patiently(context, () => 'asking for the models', asking)
  if (context.json) writeJson(io, { models: data, problem: problem ?? null })
  else {
    const rows = data.map(({ id, owned_by, is_default }) => [id, owned_by, is_default ? 'default' : ''])
    writeTable(io, ['MODEL', 'WHERE', ''], rows)
    if (data.length === 0)
      writeLine(
        io.stderr,
        'There is none yet; "luca model pull NAME" gets one, or models.yaml names one elsewhere.',
      )
    if (problem !== undefined)
      writeLine(io.stderr, `${visible(problem)} Until you correct it, the earlier names apply.`)
  }
  return 'ok'
}
