/** What the directives of a service that `luca up` honours say. Paths are still those of the image. */

import { wholeIn } from '../../protocol/values.ts'
import type { Unit } from './unit.ts'
import { UnitError } from './unit-file.ts'
import { parseTimeSpan, splitWords } from './values.ts'

/** The kinds of folders that systemd makes for a service: where they lie, and the variable that names them. */
export const DIRECTORIES = {
  RuntimeDirectory: { base: '/run', variable: 'RUNTIME_DIRECTORY' },
  StateDirectory: { base: '/var/lib', variable: 'STATE_DIRECTORY' },
  CacheDirectory: { base: '/var/cache', variable: 'CACHE_DIRECTORY' },
  ConfigurationDirectory: { base: '/etc', variable: 'CONFIGURATION_DIRECTORY' },
} as const

export interface RestartPolicy {
  /** Whether a failed service is started again without a connection that asks for it. */
  onFailure: boolean
  /** The delay after the first failure and the longest one, in milliseconds. */
  firstMs: number
  maxMs: number
  /** After how many failures the longest is reached. */
  steps: number
}

export interface ServiceUnit {
  id: string
  /** The program and its arguments, without what keeps its sandbox. */
  command: string[]
  environment: Record<string, string>
  directories: { variable: string; paths: string[] }[]
  credentials: { name: string; path: string }[]
  /** Patterns of names, with `*` at their end: it is given the secrets that they name. */
  importedCredentials: string[]
  restart: RestartPolicy
  /** How long it may take to end after SIGTERM, in milliseconds. */
  stopTimeoutMs: number
}

const SECTION = 'Service'
/** Keeps the sandbox of the program that follows it. There is none here, and "luca up" waits at the sockets itself. */
const STANDBY = '/usr/lib/llmbasedos/standby'

export function serviceUnit(unit: Unit): ServiceUnit {
  const span = (key: string, fallback: string) => {
    const { value, origin } = unit.last(SECTION, key) ?? { value: fallback, origin: unit.id }
    return parseTimeSpan(value, origin)
  }
  const words = (key: string) => unit.all(SECTION, key).flatMap((v) => splitWords(v.value, v.origin))
  const start = unit.required(SECTION, 'ExecStart')
  const written = splitWords(start.value, start.origin)
  const command = written[0] === STANDBY ? written.slice(1) : written
  if (!command[0]?.startsWith('/'))
    throw new UnitError(`${start.origin}: ExecStart= must begin with an absolute path.`)
  const firstMs = span('RestartSec', '100ms')
  return {
    id: unit.id,
    command,
    environment: Object.fromEntries(unit.all(SECTION, 'Environment').flatMap(variables)),
    directories: Object.entries(DIRECTORIES).flatMap(([key, { base, variable }]) => {
      const paths = words(key).map((path) => `${base}/${path}`)
      return paths.length === 0 ? [] : [{ variable, paths }]
    }),
    credentials: unit.all(SECTION, 'LoadCredential').map(({ value, origin }) => {
      const [, name, path] = /^([\w.-]+):(\/.+)$/.exec(value) ?? []
      if (name === undefined || path === undefined)
        throw new UnitError(`${origin}: LoadCredential= must be NAME:/PATH.`)
      return { name, path }
    }),
    importedCredentials: unit.all(SECTION, 'ImportCredential').map(({ value }) => value),
    restart: {
      onFailure: unit.last(SECTION, 'Restart') !== undefined,
      firstMs,
      maxMs: Math.max(firstMs, span('RestartMaxDelaySec', '5s')),
      steps: wholeIn(unit.last(SECTION, 'RestartSteps')?.value ?? '5') ?? 5,
    },
    stopTimeoutMs: span('TimeoutStopSec', '10s'),
  }
}

function variables({ value, origin }: { value: string; origin: string }): [string, string][] {
  return splitWords(value, origin).map((word) => {
    const equals = word.indexOf('=')
    if (equals < 1) throw new UnitError(`${origin}: "${word}" is not NAME=value.`)
    return [word.slice(0, equals), word.slice(equals + 1)]
  })
}

/** The delay before the next start after so many failures in a row (1 is the first), in milliseconds. */
export function restartDelay({ firstMs, maxMs, steps }: RestartPolicy, failures: number): number {
  const step = Math.min(failures - 1, steps)
  return steps < 1 ? firstMs : Math.round(firstMs * (maxMs / firstMs) ** (step / steps))
}
