/** How many tokens a text has, roughly: what is known before a model has counted. */
import { isRecord } from '../../protocol/values.ts'

const ASCII_PER_TOKEN = 4
/** What a template puts around each message. */
const PER_MESSAGE = 4
/** What a picture takes with the models of the day; its bytes say nothing of it. */
const PER_PICTURE = 1000

/** Of four ASCII characters one token, and of any other character one. */
export function estimateText(text: string): number {
  let others = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) others++
  return Math.ceil((text.length - others) / ASCII_PER_TOKEN) + others
}

/** How much of a text has no more tokens than that, in characters. */
export function lengthWithin(text: string, tokens: number): number {
  let used = 0
  for (let i = 0; i < text.length; i++) {
    used += text.charCodeAt(i) > 0x7f ? 1 : 1 / ASCII_PER_TOKEN
    if (used > tokens) return i
  }
  return text.length
}

/** Of a request's prompt: its messages or texts, and the tools and the schema that a model is given. */
export function estimatePrompt(body: Readonly<Record<string, unknown>>): number {
  const { messages, prompt, input, tools, response_format: format } = body
  const extras = [tools, format].filter((extra) => extra !== undefined)
  return (
    ofContent(prompt) +
    ofContent(input) +
    (Array.isArray(messages) ? messages.reduce<number>((sum, message) => sum + ofMessage(message), 0) : 0) +
    extras.reduce<number>((sum, extra) => sum + estimateText(JSON.stringify(extra)), 0)
  )
}

function ofMessage(message: unknown): number {
  if (!isRecord(message)) return PER_MESSAGE
  const calls = message.tool_calls === undefined ? 0 : estimateText(JSON.stringify(message.tool_calls))
  return PER_MESSAGE + ofContent(message.content) + calls
}

/** A text, a list of texts or of parts, or of tokens that were counted before. */
function ofContent(content: unknown): number {
  if (typeof content === 'string') return estimateText(content)
  if (typeof content === 'number') return 1
  if (Array.isArray(content)) return content.reduce<number>((sum, part) => sum + ofContent(part), 0)
  if (!isRecord(content)) return 0
  return typeof content.text === 'string' ? estimateText(content.text) : PER_PICTURE
}
