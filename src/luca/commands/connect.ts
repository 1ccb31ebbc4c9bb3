import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CLIENTS, type Client, type Way } from '../../bridge/connect/clients.ts'
import { toToml } from '../../bridge/connect/toml.ts'
import { TargetError, websocketAddress } from '../../bridge/stdio/target.ts'
import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import { findInstallation } from '../../command/installation.ts'
import { table, writeJson, writeLine } from '../../command/output.ts'
import { PRODUCT } from '../../command/version.ts'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { toYaml } from '../../host/config/yaml.ts'
import { mcpUrl, nameOnNetwork } from '../../host/reached-as.ts'

const SYSTEM_NAMES = { macos: 'macOS', windows: 'Windows', linux: 'Linux' } as const

export const connect: Command = {
  name: 'connect',
  usage: '[CLIENT] [--url URL [--token-file FILE] [--ca FILE]] [--bundle FILE.mcpb]',
  summary: 'print the configuration for a desktop client, or make a bundle for it',
  details:
    'Without CLIENT it lists the clients that it knows. It prints the configuration on stdout, and where to put it on stderr. ' +
    '--bundle writes a bundle that Claude Desktop installs on a machine without luca.',
  options: {
    url: { value: 'URL', description: 'an appliance on the network, such as https://HOST:8443/mcp' },
    'token-file': { value: 'FILE', description: "the file that holds the client's token" },
    ca: { value: 'FILE', description: "the appliance's own certificate authority (PEM)" },
    bundle: { value: 'FILE', description: 'write a bundle instead (claude-desktop only)' },
  },
  positionals: [0, 1],
  gateway: true,
  async run(input, context) {
    const [name] = input.positionals
    if (name === undefined) {
      list(context)
      return 'ok'
    }
    const client = CLIENTS.find((known) => known.name === name)
    if (!client)
      throw misuse(
        connect,
        `"${name}" is not known; there are ${CLIENTS.map((known) => known.name).join(', ')}`,
      )
    const url = addressOf(input)
    const bundle = input.text('bundle')
    if (bundle !== undefined) await writeBundle(client, resolve(bundle), url, context)
    else await explain(client, wayOf(input, url, context), context)
    return 'ok'
  },
}

function list({ io, json }: Context): void {
  if (json) return void writeJson(io, { clients: CLIENTS.map(({ name, title }) => ({ name, title })) })
  for (const line of table(CLIENTS.map(({ name, title }) => [name, title]))) writeLine(io.stdout, line)
}

async function explain(client: Client, way: Way, { io, json }: Context): Promise<void> {
  const { name, title, path, format } = client
  if (client.httpOnly && way.url === undefined)
    throw new CliError(
      'usage',
      `${title} starts no commands: it needs the address, as --url https://HOST:8443/mcp alone.`,
    )
  const config = client.config(way)
  if (json) return void writeJson(io, { client: name, path, format, config })
  io.stdout.write(await WRITTEN[format](config))
  writeLine(io.stderr, `Put this into the file of ${title}, beside what is there, and restart it:`)
  const rows = Object.entries(SYSTEM_NAMES).map(([system, of]) => [
    `  ${of}`,
    path[system as keyof typeof path],
  ])
  for (const line of table(rows)) writeLine(io.stderr, line)
  if (way.needsToken)
    writeLine(io.stderr, `It needs a token of its own: run "luca token create ${name}" on the appliance.`)
  if (way.url?.startsWith('https:'))
    writeLine(
      io.stderr,
      `Its machine must trust the appliance's certificate, which is at ${new URL('/ca.crt', way.url).href}; ` +
        'where that is not possible, give the file with --ca, and it goes through luca.',
    )
  if (way.bridge.command === ELSEWHERE && way.url === undefined)
    writeLine(io.stderr, 'It starts luca, which must be on that machine too.')
  if (name === 'claude-desktop' && way.needsToken)
    writeLine(io.stderr, 'Where there is no luca, --bundle FILE.mcpb makes what it installs by itself.')
}

const WRITTEN: Readonly<Record<Client['format'], (config: object) => string | Promise<string>>> = {
  json: (config) => `${JSON.stringify(config, undefined, 2)}\n`,
  yaml: toYaml,
  toml: (config) => toToml(config as Record<string, unknown>),
}

/** What starts luca on a machine that this is not. */
const ELSEWHERE = 'luca'

/** The address as clients know it, ending in /mcp. */
function addressOf(input: Input): string | undefined {
  const text = input.text('url')
  if (text === undefined) {
    // Desktop clients run elsewhere than on the appliance.
    if (isAppliance() && !input.flag('socket')) return mcpUrl(nameOnNetwork())
    for (const option of ['token-file', 'ca'])
      if (input.flag(option)) throw misuse(connect, `--${option} belongs to --url`)
    return undefined
  }
  if (input.flag('socket')) throw misuse(connect, 'either --socket or --url')
  try {
    const { protocol, host } = websocketAddress(text)
    return `${protocol === 'wss:' ? 'https' : 'http'}://${host}/mcp`
  } catch (cause) {
    if (cause instanceof TargetError) throw new CliError('usage', cause.message, { cause })
    throw cause
  }
}

function wayOf(input: Input, url: string | undefined, context: Context): Way {
  const files = ['token-file', 'ca'].flatMap((option) => {
    const file = input.text(option)
    return file === undefined ? [] : [`--${option}`, resolve(file)]
  })
  const { io, gatewaySocket } = context
  // Clients do not start the bridge with this shell's environment.
  const chosen = input.flag('socket') || io.env.LLMBDO_STATE || io.env.LLMBDO_GATEWAY_UNIX_SOCKET_PATH
  const place =
    url !== undefined ? ['--url', url, ...files] : chosen ? ['--socket', resolve(gatewaySocket)] : []
  const { command, args } = isAppliance() && url !== undefined ? { command: ELSEWHERE, args: [] } : luca()
  return {
    bridge: { command, args: [...args, 'stdio', ...place] },
    // No client has a setting for a certificate, and none reads the token from a file.
    url: files.length > 0 ? undefined : url,
    needsToken: url !== undefined && !input.flag('token-file'),
  }
}

const isAppliance = (): boolean => findInstallation().kind === 'image'

/** How a program that knows no PATH of ours starts luca. */
function luca(): { command: string; args: string[] } {
  const { command, programs } = findInstallation()
  return existsSync(command)
    ? { command, args: [] }
    : { command: process.execPath, args: [join(programs, 'luca.mjs')] }
}

async function writeBundle(
  client: Client,
  path: string,
  url: string | undefined,
  { io, json }: Context,
): Promise<void> {
  if (client.name !== 'claude-desktop') throw misuse(connect, '--bundle is for claude-desktop')
  // Loaded by those alone who want it: it brings a compressor.
  const { makeBundle } = await import('../../bridge/connect/bundle.ts')
  const content = makeBundle({ version: PRODUCT.version, program: readProgram(), url })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o644)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw new CliError('failed', `${path} could not be written: ${(cause as Error).message}`, { cause })
  }
  if (json) return void writeJson(io, { client: client.name, bundle: path })
  writeLine(io.stdout, path)
  writeLine(
    io.stderr,
    `Open it with ${client.title}, or drag it onto its settings; it asks for the address and a token.`,
  )
}

const MAX_PROGRAM_BYTES = 16 * 1024 * 1024

function readProgram(): string {
  const path = join(findInstallation().programs, 'stdio-bridge.mjs')
  try {
    return mustReadFileSync(path, MAX_PROGRAM_BYTES)
  } catch (cause) {
    throw new CliError('failed', `${path} can't be read; build the project with "make build".`, { cause })
  }
}
