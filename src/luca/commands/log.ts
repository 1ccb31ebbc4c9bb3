import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import { defaultState, findInstallation } from '../../command/installation.ts'
import { callLines, isCall, treeRecord } from '../../command/log/calls.ts'
import { logFileIn, logFolderIn } from '../../command/log/file.ts'
import { logRecords, type Wanted } from '../../command/log/follow.ts'
import { journalRecords } from '../../command/log/journal.ts'
import {
  concerns,
  isAtLeast,
  LEVELS,
  type Level,
  type LogRecord,
  shownRecord,
} from '../../command/log/record.ts'
import { jsonText, writeJson, writeLine } from '../../command/output.ts'
import { wholeIn } from '../../protocol/values.ts'

const LAST = 50
const MOST_LINES = 9_999_999

export const log: Command = {
  name: 'log',
  usage: '[--follow] [--calls] [--lines N] [--server NAME] [--level LEVEL]',
  summary: 'show the log of the gateway and the servers',
  details:
    'Under "luca up" it is kept in the folder "log" of the state; on the image it is the journal. With --follow, --json ' +
    'prints one JSON document a line.',
  options: {
    follow: { short: 'f', description: 'show new lines until Ctrl-C' },
    calls: { description: 'only calls, each with those made within it below' },
    lines: { value: 'N', short: 'n', description: `how many of the last lines; ${LAST} by default` },
    server: { value: 'NAME', multiple: true, description: 'only of this server, or of "gateway"' },
    level: { value: 'LEVEL', description: `the lowest level shown: ${LEVELS.join(', ')}` },
    state: { value: 'DIR', description: 'the state folder of "luca up"; its usual one by default' },
  },
  positionals: [0, 0],
  async run(input, context) {
    const wanted = { ...wantedBy(input), ...(input.flag('follow') ? { follow: context.signal } : {}) }
    const records = recordsOf(input, context, wanted)
    if (context.json && !wanted.follow) {
      const all: LogRecord[] = []
      for await (const record of records) all.push(record)
      writeJson(context.io, { records: all })
      return 'ok'
    }
    if (input.flag('calls') && !context.json)
      for await (const line of callLines(records)) show(treeRecord(line), context)
    else for await (const record of records) show(record, context)
    return context.signal.aborted ? 'interrupted' : 'ok'
  },
}

function wantedBy(input: Input): Pick<Wanted, 'last' | 'fits'> {
  const lines = input.text('lines') ?? String(LAST)
  const last = wholeIn(lines, 0, MOST_LINES)
  if (last === undefined) throw new CliError('usage', `"${lines}" is not a number of lines.`)
  const given = input.text('level') ?? LEVELS[0]
  const level: Level | undefined = LEVELS.find((each) => each === given)
  if (!level) throw new CliError('usage', `"${given}" is not a level; --level takes ${LEVELS.join(', ')}.`)
  const servers = input.list('server')
  return {
    last,
    fits: (record) =>
      isAtLeast(record, level) &&
      (!input.flag('calls') || isCall(record)) &&
      (servers.length === 0 || servers.some((server) => concerns(record, server))),
  }
}

/** From the state folder that is named or has a log, else from the journal. */
function recordsOf(input: Input, { io }: Context, wanted: Wanted): AsyncGenerator<LogRecord> {
  const named = input.text('state') ?? io.env.LLMBDO_STATE
  const folder = logFolderIn(resolve(named ?? defaultState(io.env)))
  if (existsSync(logFileIn(folder))) return logRecords(folder, wanted)
  if (named === undefined && findInstallation().kind === 'image') return journalRecords(wanted)
  throw new CliError(
    'failed',
    `There is no log in ${folder} yet; "luca up" begins one, and --state names another.`,
  )
}

function show(record: LogRecord, { io: { stdout, env }, json }: Context): void {
  if (!json) writeLine(stdout, shownRecord(record, stdout, env))
  else writeLine(stdout, jsonText(record))
}
