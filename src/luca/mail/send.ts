/** `luca mail send`, and what waits in the outbox. */
import { text as readText } from 'node:stream/consumers'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, patiently, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { servedPath } from '../../command/served-paths.ts'
import { isRecord, isWhole, textIn, wholeIn } from '../../protocol/values.ts'
import { ask, type Told } from '../search/ask.ts'

interface Outgoing {
  id: number
  state: string
  to: string[]
  subject: string
  due: string | undefined
  problem: string | undefined
}

/** Sends an email once its writer has agreed to what is shown. */
export async function sendEmail(input: Input, context: Context): Promise<Outcome> {
  const to = peopleIn(input.text('to'))
  if (to.length === 0) throw new CliError('usage', '--to names who gets it: addresses, separated by commas.')
  const [account, cc, bcc] = [input.text('account'), peopleIn(input.text('cc')), peopleIn(input.text('bcc'))]
  const attached = input.list('attach').map((path) => servedPath(context.cwd, path))
  const { value, document } = await told(
    context,
    'sending it',
    'send_email',
    {
      to,
      ...(cc.length > 0 && { cc }),
      ...(bcc.length > 0 && { bcc }),
      subject: input.text('subject') ?? '',
      text: input.text('body') ?? (await typed(context)),
      ...(account !== undefined && { account }),
      ...(attached.length > 0 && { attachments: attached }),
    },
    outgoingIn,
  )
  if (context.json) writeJson(context.io, document)
  else
    writeLine(
      context.io.stdout,
      `It leaves in a moment. "luca mail cancel ${value.id}" calls it back until then.`,
    )
  return 'ok'
}

/** As many as one call gives. */
const PAGE = 100

export async function showOutbox(context: Context): Promise<Outcome> {
  const { io, json } = context
  const value: Outgoing[] = []
  const documents: unknown[] = []
  let cursor: string | undefined
  do {
    const args = { limit: PAGE, ...(cursor !== undefined && { cursor }) }
    const page = await told(context, 'asking for the outbox', 'list_outbox', args, listIn)
    value.push(...page.value.emails)
    documents.push(...page.value.documents)
    cursor = page.value.nextCursor
  } while (cursor !== undefined)
  if (json) writeJson(io, { emails: documents })
  else if (value.length === 0)
    writeLine(io.stdout, 'Nothing waits to be sent, and nothing was sent from here.')
  else {
    writeTable(io, ['NUMBER', 'STATE', 'TO', 'SUBJECT'], value.map(rowOf))
    for (const { id, problem } of value)
      if (problem !== undefined) writeLine(io.stdout, `${id}: ${inLine(problem)}`)
  }
  return 'ok'
}

/** Calls an email back by its number in the outbox. */
export async function cancelEmail(number: string, context: Context): Promise<Outcome> {
  const id = wholeIn(number, 1)
  if (id === undefined)
    throw new CliError('usage', 'An email is called back by its number in "luca mail outbox".')
  const { document } = await told(context, 'calling it back', 'cancel_send', { id }, outgoingIn)
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, `The email ${id} is not sent.`)
  return 'ok'
}

const told = <T>(
  context: Context,
  what: string,
  tool: string,
  args: Record<string, unknown>,
  read: (value: unknown) => T | undefined,
): Promise<Told<T>> => patiently(context, () => what, ask(context, `mail_${tool}`, args, read))

/** Of stdin; at a terminal its lines up to one with a dot alone, as mail(1) takes it. */
async function typed({ ask: prompt, io }: Context): Promise<string> {
  if (!prompt) return await readText(io.stdin)
  writeLine(io.stderr, 'Type the text, and at its end a line with a dot alone.')
  const lines = []
  for (;;) {
    const line = await prompt('')
    if (line === undefined) throw new CliError('usage', 'The text has no end; nothing was sent.')
    if (line === '.') return lines.join('\n')
    lines.push(line)
  }
}

/** At commas, but for those within the quotes of a name. */
const peopleIn = (text = ''): string[] =>
  text
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

const rowOf = ({ id, state, to, subject, due }: Outgoing): string[] => [
  String(id),
  due === undefined ? state : `${state} until ${new Date(due).toLocaleTimeString('sv-SE')}`,
  to.length > 2 ? `${to.slice(0, 2).join(', ')} and ${to.length - 2} more` : to.join(', '),
  subject || '(no subject)',
]

interface Page {
  emails: Outgoing[]
  /** The same as the server gave them. */
  documents: unknown[]
  nextCursor: string | undefined
}

const listIn = (value: unknown): Page | undefined =>
  isRecord(value) && Array.isArray(value.emails)
    ? {
        emails: value.emails.flatMap((one) => outgoingIn(one) ?? []),
        documents: value.emails,
        nextCursor: textIn(value.nextCursor),
      }
    : undefined

function outgoingIn(value: unknown): Outgoing | undefined {
  if (!isRecord(value) || !isWhole(value.id, 1)) return undefined
  const { id, state, to, subject, due, problem } = value
  return {
    id,
    state: textIn(state) ?? '',
    to: Array.isArray(to) ? to.flatMap((one) => textIn(one) ?? []) : [],
    subject: textIn(subject) ?? '',
    due: textIn(due),
    problem: textIn(problem),
  }
}
