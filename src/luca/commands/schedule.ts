import { ADMIN, type Scheduled } from '../../command/admin.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine, writeTable } from '../../command/output.ts'

export const schedule: Command = {
  name: 'schedule',
  summary: 'show and remove what servers do by themselves, at times and at events',
  details:
    'Servers put entries on the wake list, and hear events of others, on behalf of the token or user that called them. What fails is ' +
    'tried again after 1, 5 and 30 minutes, and shows why. An entry ends with its token, its user or its server, and is shown for 30 days.',
  verbs: {
    list: { usage: '', summary: 'list them; the owner sees those of all users' },
    remove: { usage: 'ID', summary: 'remove one; its server is not woken for it any more' },
  },
  gateway: true,
  run: (input, context) =>
    input.verb === 'remove' ? remove(input.positionals[0] ?? '', context) : list(context),
}

export async function scheduledBy({
  gateway,
  signal,
}: Pick<Context, 'gateway' | 'signal'>): Promise<Scheduled[]> {
  const link = await gateway()
  return (await link.ask<{ entries: Scheduled[] }>(ADMIN.listSchedule, {}, signal)).entries
}

async function list(context: Context): Promise<Outcome> {
  const entries = await scheduledBy(context)
  if (context.json) writeJson(context.io, { entries })
  else if (entries.length === 0) writeLine(context.io.stdout, 'no server has registered anything')
  else {
    const rows = entries.map((one) => [
      one.id,
      one.user,
      one.server,
      what(one),
      again(one),
      when(one),
      one.onBehalfOf,
    ])
    writeTable(context.io, ['ID', 'USER', 'SERVER', 'WHAT', 'AGAIN', 'NEXT', 'ON BEHALF OF'], rows)
    for (const { id, hasEnded, tries, problem } of entries)
      if (problem !== null)
        writeLine(
          context.io.stdout,
          `${id}: ${hasEnded ? 'ended' : tries > 0 ? `failed ${tries} times` : 'failed the last time'}: ${inLine(problem)}`,
        )
  }
  return 'ok'
}

async function remove(id: string, context: Context): Promise<Outcome> {
  const link = await context.gateway()
  const { removed } = await link.ask<{ removed: Scheduled }>(ADMIN.removeScheduled, { id }, context.signal)
  if (context.json) writeJson(context.io, { removed })
  else writeLine(context.io.stdout, `removed ${inLine(what(removed))} of ${inLine(removed.server)}`)
  return 'ok'
}

/** By the clock of who looks, such as `2026-11-28 07:00`. */
const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })

const what = (one: Scheduled): string => one.key ?? `event ${one.event}`

function again({ rule, event }: Scheduled): string {
  if (event !== undefined) return 'when told'
  if (!rule) return 'once'
  if ('minutes' in rule) return `every ${rule.minutes} min`
  return rule.zone === undefined ? rule.cron : `${rule.cron} ${rule.zone}`
}

function when({ hasEnded, next, waiting = 0, andOthers }: Scheduled): string {
  if (hasEnded) return 'ended'
  const time = next === null ? undefined : LOCAL.format(next)
  if (waiting === 0) return time ?? '–'
  return `${waiting}${andOthers ? ' and others' : ''} waiting${time === undefined ? '' : `, ${time}`}`
}
