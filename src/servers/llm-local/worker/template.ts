/** Writes a conversation as the text that a model was trained on, with the model's own template. */
import { Template } from '@huggingface/jinja'
import { type ChatMessage, EngineError, type FunctionTool } from '../../../models/engine.ts'

/** For files without a template: the most widespread form, ChatML. */
const CHATML =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'

export interface Marks {
  bos: string
  eos: string
}

export class ChatTemplate {
  readonly #template: Template
  readonly #marks: Marks
  /** Whether it has a way to tell the model of tools. */
  readonly knowsTools: boolean
  readonly text: string

  /** Throws an EngineError where the file's template can't be read. */
  constructor(text: string | undefined, marks: Marks) {
    this.text = text ?? CHATML
    this.#marks = marks
    this.knowsTools = /\btools\b/.test(this.text)
    try {
      this.#template = new Template(this.text)
    } catch (cause) {
      throw new EngineError('bad_model_file', "The chat template in the model's file can't be read.", {
        cause,
      })
    }
  }

  /** What OpenAI calls the developer's words, most know as the system's. */
  #withKnownRole(message: PlainMessage): PlainMessage {
    return message.role === 'developer' && !this.text.includes('developer')
      ? { ...message, role: 'system' }
      : message
  }

  /** The prompt up to where the model's answer begins. Throws an EngineError for what the template refuses. */
  render(messages: readonly ChatMessage[], tools: readonly FunctionTool[] = []): string {
    const plain = messages.map(plainMessage).map((message) => this.#withKnownRole(message))
    let refused: unknown
    for (const form of formsOf(plain)) {
      try {
        const text = this.#template.render({
          messages: form,
          tools: tools.length > 0 ? tools : null,
          add_generation_prompt: true,
          bos_token: this.#marks.bos,
          eos_token: this.#marks.eos,
        })
        if (form.every((message) => isIn(text, message))) return text
      } catch (cause) {
        refused ??= cause
      }
    }
    throw new EngineError(
      'invalid_request',
      `The model's chat template does not take these messages: ${(refused as Error).message.slice(0, 300)}`,
      { cause: refused },
    )
  }
}

/** A message as templates want it: one text, and arguments as an object. */
type PlainMessage = Record<string, unknown> & {
  role: string
  content: string
  tool_calls?: { id: string; type: string; function: { name: string; arguments: unknown } }[]
}

/** Some templates know of no system, or no tools, and leave out what these say. */
function isIn(text: string, { role, content }: PlainMessage): boolean {
  if (role !== 'system' && role !== 'tool') return true
  const said = content.trim()
  return text.includes(said) || text.includes(JSON.stringify(said).slice(1, -1))
}

/** The ways to write a conversation, the nearest to what was given first. Nearly every template takes the last one. */
function* formsOf(messages: readonly PlainMessage[]): Generator<readonly PlainMessage[]> {
  const hasTools = messages.some(({ role, tool_calls: calls }) => role === 'tool' || calls !== undefined)
  for (const change of hasTools ? [asGiven, withShortIds, toolsInWords] : [asGiven]) {
    const changed = change(messages)
    yield changed
    yield inPlainTurns(changed)
  }
}

const asGiven = (messages: readonly PlainMessage[]) => messages

/** Mistral's templates take ids of calls that have nine letters and digits, and no others. */
function withShortIds(messages: readonly PlainMessage[]): PlainMessage[] {
  const ids = new Map<unknown, string>()
  const shortOf = (id: unknown): string => {
    const short = ids.get(id) ?? String(ids.size).padStart(9, '0')
    ids.set(id, short)
    return short
  }
  return messages.map(({ tool_calls: calls, ...message }) => ({
    ...message,
    ...(calls === undefined ? {} : { tool_calls: calls.map((call) => ({ ...call, id: shortOf(call.id) })) }),
    ...(message.role === 'tool' ? { tool_call_id: shortOf(message.tool_call_id) } : {}),
  }))
}

/** Calls of tools as words of the model, and what came of them as words of the user. */
function toolsInWords(messages: readonly PlainMessage[]): PlainMessage[] {
  const names = new Map<unknown, string>()
  return messages.map(({ tool_calls: calls, tool_call_id: id, ...message }) => {
    if (message.role === 'tool')
      return { role: 'user', content: `Result of ${names.get(id) ?? 'the tool'}:\n${message.content}` }
    const told = (calls ?? []).map(({ id: called, function: { name, arguments: args } }) => {
      names.set(called, name)
      return `Call of ${name}: ${typeof args === 'string' ? args : JSON.stringify(args)}`
    })
    return { ...message, content: [message.content, ...told].filter((part) => part !== '').join('\n') }
  })
}

/** What the system says goes to the user's next words, and words of one speaker that follow each other are one turn. */
function inPlainTurns(messages: readonly PlainMessage[]): PlainMessage[] {
  const turns: PlainMessage[] = []
  let system: string[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.role === 'system') system.push(message.content)
    else if (message.role === 'user') {
      const content = [...system, message.content].join('\n\n')
      system = []
      if (last?.role === 'user') last.content += `\n\n${content}`
      else turns.push({ ...message, content })
    } else if (
      message.role === 'assistant' &&
      isSpeech(message) &&
      last?.role === 'assistant' &&
      isSpeech(last)
    )
      last.content += `\n\n${message.content}`
    else turns.push({ ...message })
  }
  return system.length === 0
    ? turns
    : inPlainTurns([...turns, { role: 'user', content: system.join('\n\n') }])
}

const isSpeech = ({ tool_calls: calls }: PlainMessage): boolean => calls === undefined

function plainMessage({ tool_calls, content, ...message }: ChatMessage): PlainMessage {
  return {
    ...message,
    content: textOf(content),
    ...(tool_calls === undefined
      ? {}
      : {
          tool_calls: tool_calls.map((call) => ({
            ...call,
            function: { name: call.function.name, arguments: objectOr(call.function.arguments) },
          })),
        }),
  }
}

function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content
  return (content ?? [])
    .map((part) => {
      const text = part.type === 'refusal' ? part.refusal : part.text
      if ((part.type !== 'text' && part.type !== 'refusal') || typeof text !== 'string')
        throw new EngineError(
          'invalid_request',
          `A message has a part of the type "${part.type}", and models of this machine read text alone; leave it out, or choose a model elsewhere that takes it.`,
          { details: { param: 'messages' } },
        )
      return text
    })
    .join('')
}

function objectOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
