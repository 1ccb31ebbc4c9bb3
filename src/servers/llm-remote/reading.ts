/** How answers of providers are read: in one piece or in pieces, whichever was asked for, with errors in many shapes. */
import { createParser } from 'eventsource-parser'
import { inWords, isRecord } from '../../protocol/values.ts'

type Fields = Record<string, unknown>

/** What a provider says of an error. */
export interface Said {
  message: string
  code?: string
  type?: string
  param?: string
  /** The status that it names in its answer, which may be another than that of HTTP. */
  status?: number
}

/** What came, and whether it is the whole answer. */
export interface Part {
  value: unknown
  isWhole: boolean
}

/**
 * The parts of an answer as they come, in OpenAI's shape or that of an error. Gives whether it was ended in good order;
 * `heard` is told of every sign of life. Throws SyntaxError for what is no JSON.
 */
export async function* partsOf(response: Response, heard: () => void): AsyncGenerator<Part, boolean> {
  const texts = textsOf(response, heard)
  if (/json/i.test(response.headers.get('content-type') ?? '')) {
    let text = ''
    for await (const more of texts) text += more
    yield { value: JSON.parse(text), isWhole: true }
    return true
  }
  const events: { event?: string | undefined; data: string }[] = []
  const parser = createParser({ onEvent: (event) => void events.push(event) })
  for await (const text of ended(texts)) {
    parser.feed(text)
    for (const { event, data } of events.splice(0)) {
      if (data.trim() === '[DONE]') return true
      if (data.trim() === '') continue
      const value: unknown = JSON.parse(data)
      const isBareError = event === 'error' && isRecord(value) && !value.error
      yield { value: isBareError ? { error: value } : value, isWhole: false }
    }
  }
  return false
}

async function* textsOf({ body }: Response, heard: () => void): AsyncGenerator<string> {
  if (!body) return
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    heard()
    yield text
  }
}

/** The last event counts also where the empty line after it is missing. */
async function* ended(texts: AsyncIterable<string>): AsyncGenerator<string> {
  yield* texts
  yield '\n\n'
}

/** An answer in one piece as the one piece of a stream. */
export function asChunk({ choices, ...rest }: Fields): Fields {
  const given = (Array.isArray(choices) ? choices : []).filter(isRecord)
  return {
    ...rest,
    choices: given.map(({ message, ...choice }) =>
      isRecord(message) ? { ...choice, delta: message } : choice,
    ),
  }
}

/** The error that an answer holds, as providers write it; undefined where it holds none. */
export function errorIn(answer: unknown): Said | undefined {
  const body = Array.isArray(answer) ? answer[0] : answer
  if (!isRecord(body)) return undefined
  const { choices } = body
  // Those who stand before other providers tell an error of theirs in a choice.
  const error = body.error || (Array.isArray(choices) ? choices : []).find((one) => one?.error)?.error
  if (!error) return undefined
  return saidIn(isRecord(error) ? error : { ...body, message: error })
}

/** What a refusal says, whatever it was written in. */
export function refusalIn(text: string): Said {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // A page for people says nothing to programs.
    return { message: /^\s*</.test(text) ? '' : text.trim() }
  }
  return errorIn(body) ?? saidIn(isRecord(body) ? body : { message: body })
}

function saidIn({ message, detail, code, type, param, status }: Fields): Said {
  const number = [code, status]
    .map((one) => (typeof one === 'number' || typeof one === 'string' ? Number(one) : 0))
    .find((one) => one >= 400 && one < 600)
  return {
    message: [message, detail].map(sentence).find((one) => one !== '') ?? '',
    ...(typeof code === 'string' && number === undefined ? { code } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof param === 'string' ? { param } : {}),
    ...(number === undefined ? {} : { status: number }),
  }
}

/** Lists of what is wrong, such as those of FastAPI, say where: `[{"loc": ["body", "n"], "msg": "…"}]`. */
function sentence(told: unknown): string {
  if (typeof told === 'string') return told.trim()
  if (told === undefined || told === null) return ''
  if (!Array.isArray(told)) return JSON.stringify(told)
  return told
    .map((one) =>
      isRecord(one) && typeof one.msg === 'string'
        ? `${Array.isArray(one.loc) ? `${one.loc.map(inWords).join('.')}: ` : ''}${one.msg}`
        : sentence(one),
    )
    .join('; ')
}
