/** What keeps a language model from answering, told to a person: what it is, and what to press or to type. */
import { ConnectionLost } from '../../client/connection.ts'
import { ERRORS, type ErrorName } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isRecord, textIn } from '../../protocol/values.ts'
import { CliError } from '../cli-error.ts'

/** Where the person asked: in the Chat view, which has keys, or with `luca llm`. */
export type AskedIn = 'view' | 'command'

interface Ways {
  again: string
  anew: string
  otherModel: string
  noTools: string
}

const WAYS: Readonly<Record<AskedIn, Ways>> = {
  view: {
    again: 'Alt-R asks again.',
    anew: 'Alt-N begins a new conversation.',
    otherModel: 'Alt-L chooses another model.',
    noTools: 'Alt-T asks without tools.',
  },
  command: {
    again: 'Ask again later.',
    anew: 'Ask about less; in the line mode "llm --new" begins a new conversation.',
    otherModel: '"luca llm --list" names the models; --model takes one.',
    noTools: '',
  },
}

interface Trouble extends Ways {
  /** What the gateway said. */
  said: string
  data: Readonly<Record<string, unknown>>
}

/** By the code of what a model, or the server that has it, told. */
const BY_CODE: Readonly<Record<string, (trouble: Trouble) => string>> = {
  no_model: ({ said }) => said,
  unknown_model: ({ said, otherModel }) => `${said} ${otherModel}`,
  bad_model_file: ({ said, otherModel }) => `${said} ${otherModel}`,
  out_of_memory: ({ said }) => said,
  worker_died: ({ again }) =>
    `The model ended before its answer was complete. ${again} If this repeats, it needs more memory than there is, or its file is damaged: "luca model info NAME" shows which.`,
  queue_full: ({ again }) => `Too many requests wait for the model already. ${again}`,
  rate_limited: ({ said, again, otherModel }) => `${said} ${again} ${otherModel}`,
  payment_required: ({ said, otherModel }) => `${said} ${otherModel}`,
  unauthorized: ({ said }) => said,
  timeout: ({ said, again }) =>
    `The model took too long. ${again} A shorter question is answered sooner. (${said})`,
  unavailable: ({ said, again, otherModel }) => `${said} ${again} ${otherModel}`,
  broken_answer: ({ said, again, otherModel }) => `${said} ${again} ${otherModel}`,
  invalid_request: ({ said, otherModel, noTools }) =>
    `The model can’t answer this: ${said} ${noTools === '' ? '' : `${noTools} `}${otherModel}`,
  context_length_exceeded: ({ data, anew }) =>
    `${tooLong(data)} ${anew} Shorten the question and what goes with it; "luca model settings --context N" lets a model of this machine read more.`,
}

/** By the gateway's own errors. */
const BY_ERROR: Partial<Readonly<Record<ErrorName, (trouble: Trouble) => string>>> = {
  LLM_QUOTA: ({ data, otherModel }) =>
    textIn(data.limit)?.endsWith('per_day')
      ? 'Today’s tokens for language models are used up; the next day begins at 00:00 UTC. "luca licence" shows how many there are.'
      : `This is more than your licence allows for one question; ask for less. "luca licence" shows how much that is. ${otherModel}`,
  MODEL_NOT_ALLOWED: ({ said, otherModel }) =>
    `${said} "luca licence" shows those that are allowed. ${otherModel}`,
  RATE_LIMITED: ({ said, again }) => `${said} ${again}`,
}

/** The sentence for a person; undefined for an error that is about something else, and says so itself. */
export function troubleWithModel(error: unknown, askedIn: AskedIn): string | undefined {
  const ways = WAYS[askedIn]
  // What commands throw keeps what it was made of.
  const told = error instanceof CliError ? error.cause : error
  if (told instanceof ConnectionLost)
    return `The gateway went away before the answer was whole. ${ways.again}`
  if (!(told instanceof RpcError)) return undefined
  const data = isRecord(told.data) ? told.data : {}
  const trouble = { ...ways, said: sentence(told.message), data }
  const name = (Object.keys(ERRORS) as ErrorName[]).find((key) => ERRORS[key].code === told.code)
  // With options of their own, people speak the terms of the API, and are answered in them.
  const isTheirs = askedIn === 'command' && data.code === 'invalid_request'
  const tell = isTheirs ? undefined : (known(data.code) ?? (name && BY_ERROR[name]))
  return tell?.(trouble).trim()
}

const known = (code: unknown) =>
  typeof code === 'string' && Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

function tooLong({ context, prompt_tokens: tokens }: Trouble['data']): string {
  if (typeof context !== 'number' || typeof tokens !== 'number')
    return 'This is more than the model can read at once.'
  return `The model can read ${context} tokens at once, and this has ${tokens}${tokens < context ? ', which leaves too few for an answer' : ''}.`
}
