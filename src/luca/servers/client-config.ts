/**
 * Servers in the configuration of a client: `mcpServers` of Claude Desktop, Cursor, Windsurf and most others, `servers` of
 * VS Code with its `inputs`, `context_servers` of Zed. Comments and trailing commas are allowed, as editors allow them.
 */
import { basename } from 'node:path'
import type { LaunchSpec } from '../../contracts/third-party.ts'
import { inWords, isRecord } from '../../protocol/values.ts'

export interface Entry {
  /** As the client's file names it. */
  from: string
  /** As it can be named here. */
  name: string
  /** Whether the client has it switched off. */
  disabled: boolean
  /** How it is started, with placeholders; or why it can't be taken over, as a sentence. */
  found: LaunchSpec | { leftOut: string }
}

/** A value that the client asks a person for. */
export interface Asked {
  description: string
  secret: boolean
}

export interface ClientConfig {
  entries: Entry[]
  /** By their ids. */
  inputs: ReadonlyMap<string, Asked>
}

/** It is no configuration of a client; the message is the end of a sentence that begins with the file. */
export class ConfigError extends Error {}

export function readClientConfig(text: string): ClientConfig {
  let value: unknown
  try {
    value = JSON.parse(plainJson(text))
  } catch (cause) {
    throw new ConfigError(`is no JSON: ${(cause as Error).message}`, { cause })
  }
  const servers = serversIn(value)
  if (!servers)
    throw new ConfigError('names no servers: it has none of "mcpServers", "servers" and "context_servers"')
  const entries = Object.entries(servers).map(
    ([from, entry]): Entry => ({
      from,
      name: nameFrom(from),
      disabled: isRecord(entry) && (entry.disabled === true || entry.enabled === false),
      found: launchOf(entry),
    }),
  )
  return { entries, inputs: inputsIn(value) }
}

function serversIn(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined
  for (const key of ['mcpServers', 'servers', 'context_servers']) if (isRecord(value[key])) return value[key]
  // In the settings of VS Code.
  return serversIn(value.mcp)
}

function inputsIn(value: unknown): Map<string, Asked> {
  const list = isRecord(value) ? (value.inputs ?? (isRecord(value.mcp) ? value.mcp.inputs : undefined)) : []
  const inputs = (Array.isArray(list) ? list : [])
    .filter(isRecord)
    .flatMap(({ id, description, password }) => {
      const asked = {
        description: typeof description === 'string' ? description : '',
        secret: password !== false,
      }
      return typeof id === 'string' ? [[id, asked] as const] : []
    })
  return new Map(inputs)
}

/** Lower-case letters, digits and "-", 24 at most; empty where nothing of a name is left. */
const nameFrom = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 24)
    .replace(/-+$/, '')

function launchOf(entry: unknown): Entry['found'] {
  const leftOut = (why: string) => ({ leftOut: why })
  if (!isRecord(entry)) return leftOut('It is no object.')
  const url = [entry.url, entry.serverUrl, entry.httpUrl].find((each) => typeof each === 'string')
  if (url !== undefined)
    return leftOut(
      `It is elsewhere, at ${withoutSecrets(url as string)}: servers that run here can be added, those of the network not.`,
    )
  // Zed had them within each other.
  const nested = isRecord(entry.command) ? entry.command : undefined
  const command = nested ? nested.path : entry.command
  const { args = [], env = {} } = nested ?? entry
  if (typeof command !== 'string' || command === '') return leftOut('It has no "command".')
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string'))
    return leftOut('Its "args" are no list of texts.')
  if (!isRecord(env)) return leftOut('Its "env" is no object.')
  if (basename(command) === 'luca' && args.includes('stdio')) return leftOut('It is this appliance itself.')
  for (const key of ['cwd', 'envFile'])
    if (entry[key] !== undefined && entry[key] !== null)
      return leftOut(`It has "${key}", which is not taken over: add it with "luca server add".`)
  const variables = Object.entries(env).filter(([, value]) => value !== null)
  const [strange] = variables.filter(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))
  if (strange) return leftOut(`Its "env" has no text for "${strange[0]}".`)
  return { command, args, env: Object.fromEntries(variables.map(([key, value]) => [key, inWords(value)])) }
}

/** Addresses may carry a key. */
const withoutSecrets = (url: string): string => url.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '')

/** One value that stands for another: `${env:NAME}`, `${NAME}`, `${NAME:-else}`, `${input:id}`. */
export interface Placeholder {
  kind: 'env' | 'input' | 'editor'
  name: string
  fallback?: string
}

const PLACEHOLDER = /\$\{(?:(env|input):)?([^}:]+)(?::-([^}]*))?\}/g
/** What only an editor knows. */
const OF_EDITORS =
  /^(workspaceFolder|file|relativeFile|cwd|selectedText|lineNumber|pathSeparator|config|command)/

function placeholderOf(kind: string | undefined, name: string, fallback: string | undefined): Placeholder {
  if (kind === 'input') return { kind, name }
  if (kind === undefined && OF_EDITORS.test(name)) return { kind: 'editor', name }
  return { kind: 'env', name, ...(fallback === undefined ? {} : { fallback }) }
}

/** All that stands for something else in how a server is started. */
export function placeholdersIn({ command, args, env }: LaunchSpec): Placeholder[] {
  const texts = [command, ...args, ...Object.values(env)]
  return texts.flatMap((text) =>
    [...text.matchAll(PLACEHOLDER)].map(([, kind, name = '', fallback]) =>
      placeholderOf(kind, name, fallback),
    ),
  )
}

/** How a server is started, with what the placeholders stand for. */
export function filledIn(launch: LaunchSpec, find: (placeholder: Placeholder) => string): LaunchSpec {
  const fill = (text: string) =>
    text.replace(PLACEHOLDER, (_, kind, name, fallback) => find(placeholderOf(kind, name, fallback)))
  return {
    command: fill(launch.command),
    args: launch.args.map(fill),
    env: Object.fromEntries(Object.entries(launch.env).map(([key, value]) => [key, fill(value)])),
  }
}

/** JSON with comments and trailing commas → JSON. Texts stay as they are. */
const plainJson = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*.*?\*\//gs, (_, string) => string ?? ' ')
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/gs, (_, string) => string ?? '')
