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
    const render = (form: readonly PlainMessage[]) =>
      this.#template.render({
        messages: form,
        tools: tools.length > 0 ? tools : null,
        add_generation_prompt: true,
        bos_token: this.#marks.bos,
        eos_token: this.#marks.eos,
      })
    try {
      const text = render(plain)
      // Some know of no system, and leave out what it says.
      if (plain.every(({ role, content }) => role !== 'system' || text.includes(content.trim()))) return text
    } catch (cause) {
      return this.#inPlainTurns(plain, render, cause)
    }
    return this.#inPlainTurns(plain, render, undefined)
  }

  /** As turns of user and assistant alone, which every template takes. Throws an EngineError where it does not. */
  #inPlainTurns(
    messages: readonly PlainMessage[],
    render: (form: readonly PlainMessage[]) => string,
    refused: unknown,
  ): string {
    try {
      return render(inPlainTurns(messages))
    } catch (error) {
      const cause = refused ?? error
      throw new EngineError(
        'invalid_request',
        `The model's chat template does not take these messages: ${(cause as Error).message.slice(0, 300)}`,
        { cause },
      )
    }
  }
}

/** A message as templates want it: one text, and arguments as an object. */
type PlainMessage = Record<string, unknown> & { role: string; content: string }

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
      if (part.type !== 'text' || typeof part.text !== 'string')
        throw new EngineError(
          'invalid_request',
          `A message has a part of type "${part.type}"; only "text" is read here.`,
        )
      return part.text
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
