import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Input } from '../../command/command.ts'
import { defaultState, findInstallation, openPlaces, ownFiles } from '../../command/installation.ts'
import type { Io } from '../../command/io.ts'
import { patiently, writeJson, writeLine } from '../../command/output.ts'
import { wholeIn } from '../../protocol/values.ts'
import { announcement, urlOf } from '../../up/announcement.ts'
import type { Started } from '../../up/appliance.ts'
import { openApplianceLog } from '../../up/appliance-log.ts'

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export const up: Command = {
  name: 'up',
  usage: '[--state DIR] [--port N] [--files DIR] [--no-auth]',
  summary: 'run the whole appliance on this machine, without systemd',
  details:
    'Reads the same unit files as systemd, on loopback only. Servers start when they are first called. ' +
    'Ctrl-C stops it; a second one stops it at once.',
  options: {
    state: {
      value: 'DIR',
      description: 'where tokens and state are kept; ~/.local/state/llmbasedos by default',
    },
    port: { value: 'N', description: 'the HTTP port; 0 for a free one' },
    files: {
      value: 'DIR',
      description: 'the folder to serve; by default ~/llmbasedos-files, which is created',
    },
    'no-auth': {
      description: 'accept every program on this machine without a token; web pages only from http.origins',
    },
    units: { value: 'DIR', multiple: true, description: 'another folder of unit files' },
    caps: { value: 'DIR', multiple: true, description: 'another folder of descriptors' },
  },
  positionals: [0, 0],
  ownSignals: true,
  async run(input, context) {
    const { io, json } = context
    const installation = findInstallation()
    if (installation.kind === 'image')
      throw new CliError(
        'failed',
        'This system is the appliance and runs already; "luca doctor" says how it fares, "luca unit list" what runs.',
      )
    // All that can be refused comes before anything is made.
    const port = portOf(input)
    const units = input.list('units').map(existingFolder)
    const caps = input.list('caps').map(existingFolder)
    const places = openPlaces(
      installation,
      resolve(input.text('state') ?? defaultState(io.env)),
      input.text('files') ?? openOwnFiles(io),
    )
    const options = { places, port, units, caps, noAuth: input.flag('no-auth'), env: io.env }
    const { log, close } = openApplianceLog(places.state, io)
    const signals = stopSignals()
    try {
      // Loaded by those alone who want it.
      const { Appliance } = await import('../../up/appliance.ts')
      const starting = Appliance.start({ ...options, log, stop: signals.stop, now: signals.now })
      const appliance = await patiently(context, () => 'starting', starting)
      if (json) writeJson(io, document(appliance))
      else {
        const lines = io.stdout.isTTY ? (await import('../../up/welcome.ts')).welcome(appliance, io) : []
        for (const line of [...lines, ...announcement(appliance)]) writeLine(io.stdout, line)
      }
      await aborted(signals.stop)
      await appliance.stop()
      return 'ok'
    } catch (error) {
      if (signals.stop.aborted) return 'interrupted'
      throw error
    } finally {
      signals.release()
      close()
    }
  },
}

/** The first signal stops in good order, the second at once. */
function stopSignals(): { stop: AbortSignal; now: AbortSignal; release(): void } {
  const stop = new AbortController()
  const now = new AbortController()
  const onSignal = () => (stop.signal.aborted ? now : stop).abort()
  for (const name of STOP_SIGNALS) process.on(name, onSignal)
  return {
    stop: stop.signal,
    now: now.signal,
    release() {
      for (const name of STOP_SIGNALS) process.removeListener(name, onSignal)
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** The folder of files where none is named; says so when it is made. */
function openOwnFiles(io: Io): string {
  const { folder, made } = ownFiles()
  if (made) {
    writeLine(io.stderr, `made ${folder}`)
    writeLine(io.stderr, 'That is what clients may read and write; --files names another folder.')
  }
  return folder
}

function existingFolder(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new CliError('usage', `${resolve(path)} is not a folder; --units and --caps name one.`)
  return resolve(path)
}

function portOf(input: Input): number | undefined {
  const text = input.text('port')
  if (text === undefined) return undefined
  const port = wholeIn(text, 0, 65_535)
  if (port === undefined)
    throw new CliError(
      'usage',
      `"${text}" is not a port; --port takes a number from 0 (any free one) to 65535.`,
    )
  return port
}

const document = (appliance: Started) => ({
  url: urlOf(appliance),
  token: appliance.token ?? null,
  pid: process.pid,
  state: appliance.places.state,
  files: appliance.places.files,
  servers: appliance.servers,
  notApplied: appliance.notApplied,
})
