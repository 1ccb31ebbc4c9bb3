/** How answers of providers are read: in one piece or in pieces, whichever was asked for, with errors in many shapes. */
import { createParser } from 'eventsource-parser'
import { inWords, isRecord, isWhole, numberIn, wholeIn } from '../../protocol/values.ts'

type JsonObject = Record<string, unknown>

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
 * `heard` is called at every sign of life. Throws SyntaxError for what is no JSON.
 */
export async function* partsOf(response: Response, heard: () => void): AsyncGenerator<Part, boolean> {
  const texts = textsOf(response, heard)
  const saysJson = /json/i.test(response.headers.get('content-type') ?? '')
  const begin = await firstOf(texts)
  // Some name it events and send JSON, or the other way about. Of "data", as much may have come as its first letter.
  if (/^\s*[{[]/.test(begin) || (saysJson && !/^\s*[:deir]/.test(begin))) {
    let text = begin
    for await (const more of texts) text += more
    yield { value: JSON.parse(text), isWhole: true }
    return true
  }
  const events: { event?: string | undefined; data: string }[] = []
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onError(error) {
      if (error.type !== 'unknown-field') return
      // Some break off with an error that is no event: bare, or in a field of its own.
      const data = error.field === 'error' ? (error.value ?? '') : (error.line ?? '')
      if (isRecord(parsed(data))) events.push({ event: error.field, data })
    },
  })
  for await (const text of ended(begin, texts)) {
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

/** The first text that is not blank: empty lines keep a connection alive, and begin nothing. */
async function firstOf(texts: AsyncGenerator<string>): Promise<string> {
  for (;;) {
    const { done, value } = await texts.next()
    if (done) return ''
    if (value.trim() !== '') return value
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function* textsOf({ body }: Response, heard: () => void): AsyncGenerator<string> {
  if (!body) return
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    heard()
    yield text
  }
}

/** The last event counts also where the empty line after it is missing. */
async function* ended(begin: string, texts: AsyncIterable<string>): AsyncGenerator<string> {
  yield begin
  yield* texts
  yield '\n\n'
}

/** An answer in one piece as the one piece of a stream. */
export function asChunk({ choices, ...rest }: JsonObject): JsonObject {
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
  const choices = (Array.isArray(body.choices) ? body.choices : []).filter(isRecord)
  // Those who stand before other providers tell an error of theirs in a choice.
  const error = body.error || choices.find((one) => one.error)?.error
  if (error) return saidIn(isRecord(error) ? error : { ...body, message: error })
  const isBroken = choices.some(({ finish_reason: reason }) => reason === 'error')
  if (isBroken) return { message: 'its answer ended with an error, of which nothing is said' }
  // What is no answer and has words is an error without that name.
  if (Array.isArray(body.choices) || body.data !== undefined) return undefined
  const said = saidIn(body)
  return said.message === '' ? undefined : said
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

function saidIn({ message, detail, msg, errors, metadata, ...rest }: JsonObject): Said {
  const { code, type, param, status } = rest
  const number = [code, status]
    .map((one) => (typeof one === 'string' ? wholeIn(one) : one))
    .find((one) => isWhole(one, 400, 599))
  const word = [code, status].find((one) => typeof one === 'string' && numberIn(one) === undefined)
  const said = [message, detail, msg, errors].map(sentence).find((one) => one !== '') ?? ''
  // Those who stand before other providers keep the words of these there.
  const inner = isRecord(metadata) ? wordsOfOther(metadata.raw) : ''
  return {
    message: inner === '' || said.includes(inner) ? said : `${said}: ${inner}`,
    ...(word !== undefined && number === undefined ? { code: word as string } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof param === 'string' ? { param } : {}),
    ...(number === undefined ? {} : { status: number }),
  }
}

const wordsOfOther = (raw: unknown): string =>
  typeof raw === 'string'
    ? refusalIn(raw).message
    : isRecord(raw)
      ? refusalIn(JSON.stringify(raw)).message
      : ''

/** Lists of what is wrong, such as those of FastAPI, say where: `[{"loc": ["body", "n"], "msg": "…"}]`. */
function sentence(told: unknown): string {
  if (typeof told === 'string') return told.trim()
  if (told === undefined || told === null) return ''
  if (!Array.isArray(told)) return JSON.stringify(told)
  return told
    .map((one) =>
      isRecord(one) && typeof (one.msg ?? one.message) === 'string'
        ? `${Array.isArray(one.loc) ? `${one.loc.map(inWords).join('.')}: ` : ''}${inWords(one.msg ?? one.message)}`
        : sentence(one),
    )
    .join('; ')
}
