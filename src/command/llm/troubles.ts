/** What keeps a language model from answering, told to a person: what it is, and what to type. */
import { ConnectionLost } from '../../client/connection.ts'
import { ERRORS, type ErrorName } from '../../protocol/errors.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isRecord, textIn } from '../../protocol/values.ts'
import { CliError } from '../cli-error.ts'

const AGAIN = 'Ask again later.'
const OTHER_MODEL = '"luca llm --list" names the models; --model takes one.'

interface Trouble {
  /** What the gateway said. */
  said: string
  data: Readonly<Record<string, unknown>>
}

/** By the code of what a model, or the server that has it, told. */
const BY_CODE: Readonly<Record<string, (trouble: Trouble) => string>> = {
  no_model: ({ said }) => said,
  unknown_model: ({ said }) => `${said} ${OTHER_MODEL}`,
  bad_model_file: ({ said }) => `${said} ${OTHER_MODEL}`,
  out_of_memory: ({ said }) => said,
  worker_died: () =>
    `The model ended before its answer was complete. ${AGAIN} If this repeats, it needs more memory than there is, or its file is damaged: "luca model info NAME" shows which.`,
  queue_full: () => `Too many requests wait for the model already. ${AGAIN}`,
  rate_limited: ({ said }) => `${said} ${AGAIN} ${OTHER_MODEL}`,
  payment_required: ({ said }) => `${said} ${OTHER_MODEL}`,
  unauthorized: ({ said }) => said,
  timeout: ({ said }) => `The model took too long. ${AGAIN} A shorter question is answered sooner. (${said})`,
  unavailable: ({ said }) => `${said} ${AGAIN} ${OTHER_MODEL}`,
  broken_answer: ({ said }) => `${said} ${AGAIN} ${OTHER_MODEL}`,
  context_length_exceeded: ({ data }) =>
    `${tooLong(data)} Ask about less; in the line mode "llm --new" begins a new conversation. "luca model settings --context N" lets a model of this machine read more.`,
}

/** By the gateway's own errors. */
const BY_ERROR: Partial<Readonly<Record<ErrorName, (trouble: Trouble) => string>>> = {
  LLM_QUOTA: ({ data }) =>
    textIn(data.limit)?.endsWith('per_day')
      ? 'Today’s tokens for language models are used up; the next day begins at 00:00 UTC. "luca licence" shows how many there are.'
      : `This is more than your licence allows for one question; ask for less. "luca licence" shows how much that is. ${OTHER_MODEL}`,
  MODEL_NOT_ALLOWED: ({ said }) => `${said} "luca licence" shows those that are allowed. ${OTHER_MODEL}`,
  RATE_LIMITED: ({ said }) => `${said} ${AGAIN}`,
}

/** The sentence for a person; undefined for an error that is about something else, and says so itself. */
export function troubleWithModel(error: unknown): string | undefined {
  // What commands throw keeps what it was made of.
  const told = error instanceof CliError ? error.cause : error
  if (told instanceof ConnectionLost) return `The gateway went away before the answer was whole. ${AGAIN}`
  if (!(told instanceof RpcError)) return undefined
  const data = isRecord(told.data) ? told.data : {}
  // With options of their own, people speak the terms of the API, and are answered in them.
  if (data.code === 'invalid_request') return undefined
  const name = (Object.keys(ERRORS) as ErrorName[]).find((key) => ERRORS[key].code === told.code)
  const tell = known(data.code) ?? (name && BY_ERROR[name])
  return tell?.({ said: sentence(told.message), data })
}

const known = (code: unknown) =>
  typeof code === 'string' && Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

function tooLong({ context, prompt_tokens: tokens }: Trouble['data']): string {
  if (typeof context !== 'number' || typeof tokens !== 'number')
    return 'This is more than the model can read at once.'
  return `The model can read ${context} tokens at once, and this has ${tokens}${tokens < context ? ', which leaves too few for an answer' : ''}.`
}
