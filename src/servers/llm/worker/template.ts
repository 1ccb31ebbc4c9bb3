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

  /** The prompt up to where the model's answer begins. Throws an EngineError for what the template refuses. */
  render(messages: readonly ChatMessage[], tools: readonly FunctionTool[] = []): string {
    try {
      return this.#template.render({
        messages: messages.map(plainMessage),
        tools: tools.length > 0 ? tools : null,
        add_generation_prompt: true,
        bos_token: this.#marks.bos,
        eos_token: this.#marks.eos,
      })
    } catch (cause) {
      if (cause instanceof EngineError) throw cause
      throw new EngineError(
        'invalid_request',
        `The model's chat template does not take these messages: ${(cause as Error).message.slice(0, 300)}`,
        { cause },
      )
    }
  }
}

/** Templates want one text a message, and arguments as an object. */
function plainMessage({ tool_calls, content, ...message }: ChatMessage): Record<string, unknown> {
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
