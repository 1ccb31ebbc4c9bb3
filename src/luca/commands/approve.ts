import { setTimeout as delay } from 'node:timers/promises'
import { ADMIN } from '../../command/admin.ts'
import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine, writeTable } from '../../command/output.ts'

/** A call that waits. */
interface Approval {
  id: string
  who: string
  tool: string
  arguments: string
  waitingSeconds: number
  /** What it would do, such as `delete "/a.txt"`. */
  what?: string
  /** What would go out; its lines are marked. */
  text?: string
  warning?: string
}

/** What is to be known of a call besides who makes which. */
const remarks = ({ what, warning }: Approval): string[] => [
  ...(what ? [`It would ${inLine(what)}.`] : []),
  ...(warning ? [inLine(warning)] : []),
]

const textOf = ({ text }: Approval): string[] => text?.split('\n').map(inLine) ?? []

/** How often `--watch` looks, in milliseconds. */
const LOOK_EVERY_MS = 1000

export const approve: Command = {
  name: 'approve',
  usage: '[ID [--deny | --show] | --watch]',
  summary: 'show the calls that wait for your consent, and allow or deny one',
  details:
    'Lists calls of clients that could not ask you, or that wait for your answer there. A call that you allow runs once, when its client ' +
    'repeats it; until then you can still deny it. Waiting calls end with the gateway. --show decides nothing, and shows all of the text that a call would send. ' +
    '--watch runs until Ctrl-C, and at a terminal asks about each call as it comes.',
  options: {
    deny: { description: 'deny the call' },
    show: { description: 'show the call with all of the text that it would send, and decide nothing' },
    watch: { description: 'show calls as they come' },
  },
  positionals: [0, 1],
  gateway: true,
  async run(input, context) {
    const [id] = input.positionals
    const watched = input.flag('watch')
    const shows = input.flag('show')
    for (const flag of ['deny', 'show'])
      if (id === undefined && input.flag(flag)) throw misuse(approve, `--${flag} needs the ID of a call`)
    if (shows && input.flag('deny')) throw misuse(approve, 'either --deny or --show')
    if (id !== undefined && watched) throw misuse(approve, 'either ID or --watch')
    if (id !== undefined && shows) await showOne(id, context)
    else if (id !== undefined) await decide(id, !input.flag('deny'), context)
    else if (watched) return watch(context)
    else if (context.json) writeJson(context.io, { approvals: await waiting(context) })
    else show(await waiting(context), context)
    return 'ok'
  },
}

async function waiting({ gateway, signal }: Context): Promise<Approval[]> {
  const link = await gateway()
  return (await link.ask<{ approvals: Approval[] }>(ADMIN.listApprovals, {}, signal)).approvals
}

async function decide(id: string, allow: boolean, { gateway, signal, io, json }: Context): Promise<void> {
  const link = await gateway()
  const { decided } = await link.ask<{ decided: Pick<Approval, 'id' | 'who' | 'tool'> }>(
    ADMIN.decideApproval,
    { id, allow },
    signal,
  )
  if (json) return writeJson(io, { decided, allowed: allow })
  const what = `${inLine(decided.tool)} of ${inLine(decided.who)}`
  writeLine(io.stdout, allow ? `allowed ${what}; ${whenDone(decided.tool)}` : `denied ${what}`)
}

/** What a server does within a call waits there, and is shown with that call. */
const whenDone = (tool: string): string =>
  tool.includes(' → ') ? 'it goes on' : 'it is done when the client repeats the call'

function show(approvals: readonly Approval[], { io }: Context): void {
  if (approvals.length === 0) {
    writeLine(io.stdout, 'nothing waits')
    return
  }
  const rows = approvals.map((a) => [a.id, `${a.waitingSeconds} s`, a.who, a.tool, a.arguments])
  writeTable(io, ['ID', 'WAITS', 'WHO', 'TOOL', 'ARGUMENTS'], rows)
  for (const call of approvals) {
    for (const remark of remarks(call)) writeLine(io.stdout, `${call.id}: ${remark}`)
    if (call.text) writeLine(io.stdout, `${call.id}: "luca approve ${call.id} --show" shows its text.`)
  }
}

async function showOne(id: string, context: Context): Promise<void> {
  const call = (await waiting(context)).find((one) => one.id === id)
  if (!call)
    throw new CliError('failed', `No call "${inLine(id)}" is waiting; "luca approve" shows those that are.`)
  if (context.json) writeJson(context.io, call)
  else writeCall(call, context)
}

function writeCall(call: Approval, { io }: Context): void {
  const { id, who, tool, arguments: given } = call
  const heading = `${id}  ${inLine(who)}: ${inLine(tool)} ${inLine(given)}`
  for (const line of [heading, ...textOf(call), ...remarks(call)]) writeLine(io.stdout, line)
}

/** Until Ctrl-C, or Ctrl-D where it asks. With --json each call is one line. */
async function watch(context: Context): Promise<Outcome> {
  const { io, json, signal, ask } = context
  const seen = new Set<string>()
  for (;;) {
    for (const call of await waiting(context)) {
      if (seen.has(call.id)) continue
      seen.add(call.id)
      if (json) writeLine(io.stdout, JSON.stringify(call))
      else {
        writeCall(call, context)
        const answer = await ask?.('Allow it? [y/N] ')
        if (ask && answer === undefined) return signal.aborted ? 'interrupted' : 'ok'
        if (answer !== undefined) await decideIfWaiting(call.id, /^y(es)?$/i.test(answer.trim()), context)
      }
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
      throw signal.reason
    })
  }
}

/** A call may be gone once the person has read of it. */
async function decideIfWaiting(id: string, allow: boolean, context: Context): Promise<void> {
  try {
    await decide(id, allow, context)
  } catch (error) {
    if (!(error instanceof CliError) || error.outcome !== 'failed') throw error
    writeLine(context.io.stderr, error.message)
  }
}
