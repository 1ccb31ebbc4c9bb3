/** A line of the log: what its service said, and what is made of that for people. */
import type { Terminal } from '../io.ts'
import { inLine, styled } from '../output.ts'

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof LEVELS)[number]

/** Of the priorities of syslog(3), by number. */
const LEVEL_OF_PRIORITY: readonly Level[] = [
  'fatal',
  'fatal',
  'fatal',
  'error',
  'warn',
  'info',
  'info',
  'debug',
]
export const levelOfPriority = (priority: string | undefined): Level | undefined =>
  priority === undefined ? undefined : LEVEL_OF_PRIORITY[Number(priority)]

export interface LogRecord {
  /** ISO 8601, in UTC. */
  time: string
  level: Level
  /** The unit without its kind, such as `mcp-fs@ada`. */
  unit: string
  message: string
  /** What else the service said, by name. */
  fields: Readonly<Record<string, unknown>>
}

/** Longer lines are cut: a program that prints without end must not fill the log with one of them. */
const MAX_LINE_CHARACTERS = 64 * 1024
/** As services write their lines; the unit comes last, so that a service can't pass for another by naming one. */
const OBJECT = /^\{"level":".*\}$/s

/** One line of the log's file, from what a service of this unit wrote at this time. */
export function fileLine(unit: string, said: string, time = new Date(), level: Level = 'info'): string {
  const text = said.length > MAX_LINE_CHARACTERS ? `${said.slice(0, MAX_LINE_CHARACTERS)} …` : said
  return OBJECT.test(text)
    ? `${text.slice(0, -1)},"unit":${JSON.stringify(unit)}}`
    : JSON.stringify({ level, time: time.toISOString(), msg: text, unit })
}

/** A line of the file. Whatever it is, it is shown: one that is no record is a message. */
export function readRecord(line: string): LogRecord {
  const { level, time, unit, msg, name: _, ...fields } = objectIn(line) ?? { msg: line }
  return {
    time: typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? time : new Date(0).toISOString(),
    level: LEVELS.find((each) => each === level) ?? 'info',
    unit: typeof unit === 'string' ? unit : '?',
    message: typeof msg === 'string' ? msg : '',
    fields,
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** What a service is called by people: `fs` of `mcp-fs@ada`, `gateway` of `llmbasedos-gateway`. */
export const serverOf = ({ unit }: LogRecord): string =>
  /^mcp-([^@]+)(?:@.*)?$/.exec(unit)?.[1] ?? unit.replace(/^llmbasedos-/, '')

/** Whether a record is of a server, or of the gateway about it. */
export const concerns = (record: LogRecord, server: string): boolean =>
  serverOf(record) === server ||
  record.fields.server === server ||
  (typeof record.fields.tool === 'string' && record.fields.tool.startsWith(`${server}_`))

export const isAtLeast = ({ level }: LogRecord, least: Level): boolean =>
  LEVELS.indexOf(level) >= LEVELS.indexOf(least)

/** What it says, in one line: the message and what else there is. */
export function textOf({ message, fields }: LogRecord): string {
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`)
  return inLine([message, ...rest].join('  '))
}

/** A record for people, in one line, with the time of this machine's zone. */
export const recordLine = (record: LogRecord): string =>
  [
    localTime(new Date(record.time)),
    record.level.padEnd(5),
    inLine(serverOf(record)).padEnd(10),
    textOf(record),
  ].join(' ')

/** The same, in the colour of its level where the stream shows colours. */
export function shownRecord(record: LogRecord, stream: Terminal, env: NodeJS.ProcessEnv): string {
  const style = isAtLeast(record, 'error') ? 'red' : isAtLeast(record, 'warn') ? 'yellow' : undefined
  return style ? styled(stream, env, style, recordLine(record)) : recordLine(record)
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^\S+$/.test(value) ? value : JSON.stringify(value)
  if (isError(value)) {
    const cause = isError(value.cause) ? `: ${valueText(value.cause)}` : ''
    return JSON.stringify(value.message) + cause
  }
  return JSON.stringify(value) ?? ''
}

const isError = (value: unknown): value is { message: string; cause?: unknown } =>
  typeof value === 'object' && value !== null && 'stack' in value && 'message' in value

/** `2026-11-28 09:04:54`, in the zone of this machine. */
export function localTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`
}
