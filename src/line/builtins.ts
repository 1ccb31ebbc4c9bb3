/** The commands that only the line mode has, since they are about its own state. */

import { CliError } from '../command/cli-error.ts'
import type { Command, Input } from '../command/command.ts'
import { visible, writeJson, writeLine } from '../command/output.ts'
import { listFolder } from '../command/served-entries.ts'
import { servedPath } from '../command/served-paths.ts'
import { wholeIn } from '../protocol/values.ts'
import type { ReconnectingGateway } from './gateway.ts'
import { describeJob, type Jobs } from './jobs.ts'

/** What they change. */
export interface ShellState {
  cwd: string
  leaving: boolean
  readonly jobs: Jobs
  readonly gateway: ReconnectingGateway
}

export function builtins(state: ShellState): Command[] {
  const leave = (name: string): Command => ({
    name,
    usage: '',
    summary: 'leave the line mode; running jobs are ended',
    positionals: [0, 0],
    async run() {
      state.leaving = true
      return 'ok'
    },
  })
  return [
    {
      name: 'cd',
      usage: '[PATH]',
      summary: 'go to a served folder; by default to the top',
      positionals: [0, 1],
      async run({ positionals: [path = '/'] }, context) {
        await listFolder(context, path)
        state.cwd = servedPath(context.cwd, path)
        return 'ok'
      },
    },
    {
      name: 'pwd',
      usage: '',
      summary: 'print the current folder',
      positionals: [0, 0],
      async run(_, { io, json, cwd }) {
        if (json) writeJson(io, { path: cwd })
        else writeLine(io.stdout, visible(cwd))
        return 'ok'
      },
    },
    {
      name: 'jobs',
      usage: '',
      summary: 'list what runs in the background ("COMMAND &" starts it)',
      positionals: [0, 0],
      async run(_, { io, json }) {
        const jobs = state.jobs.list()
        if (json)
          writeJson(io, {
            jobs: jobs.map(({ id, text, outcome }) => ({
              id,
              command: text,
              running: outcome === undefined,
              outcome: outcome ?? null,
            })),
          })
        else for (const job of jobs) writeLine(io.stdout, describeJob(job))
        return 'ok'
      },
    },
    {
      name: 'fg',
      usage: '[JOB]',
      summary: 'show the output of a job, and wait for its end; by default the newest',
      positionals: [0, 1],
      run: (input, { io, signal }) =>
        state.jobs.foreground(input.positionals.length === 0 ? undefined : jobId(input), io, signal),
    },
    {
      name: 'kill',
      usage: 'JOB',
      summary: 'end a job',
      positionals: [1, 1],
      async run(input) {
        state.jobs.kill(jobId(input))
        return 'ok'
      },
    },
    leave('exit'),
    leave('quit'),
  ]
}

function jobId({ positionals: [text = ''] }: Input): number {
  const id = wholeIn(text.replace(/^%/, ''), 1)
  if (id !== undefined) return id
  throw new CliError('usage', `"${text}" is not the number of a job; "jobs" lists them.`)
}

/** `connect` of the line mode: without a client it is about the gateway. */
export const connectFor = (general: Command, gateway: ReconnectingGateway): Command => ({
  ...general,
  summary: 'connect to the gateway again; with CLIENT, print the configuration for a desktop client',
  details: `Without CLIENT it makes a new connection. ${general.details ?? ''}`.replace(
    /Without CLIENT it lists[^.]*\. /,
    '',
  ),
  async run(input, context) {
    if (input.positionals.length > 0) return general.run(input, context)
    await gateway.reconnect()
    writeLine(context.io.stderr, `connected to ${context.gatewaySocket}`)
    return 'ok'
  },
})
