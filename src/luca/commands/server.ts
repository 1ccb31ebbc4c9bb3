import { resolve } from 'node:path'
import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { firstLine } from '../../command/first-line.ts'
import { readGivenFile } from '../../command/given-file.ts'
import { gatewaySocketIn } from '../../command/installation.ts'
import { inLine, styled, visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { type Drift, type Grants, hasDrifted, type Offered } from '../../contracts/third-party.ts'
import { withAbsolutePaths } from '../servers/absolute-paths.ts'
import { type ClientConfig, ConfigError, readClientConfig } from '../servers/client-config.ts'
import { type Imported, importServers } from '../servers/importing.ts'
import { type Servers, serversOf } from '../servers/servers.ts'
import { takenIn } from '../servers/taken-in.ts'
import { onCommandLine, readVariables } from '../servers/variables.ts'

export const server: Command = {
  name: 'server',
  summary: 'add MCP servers of others, which speak over stdio, as sandboxed services',
  details:
    'add starts the server once, shows what it offers and pins that: a tool that changes later is not called until you approve it. ' +
    'A running "luca up" picks an added server up by itself. On the appliance a package that npx or uvx would fetch is installed ' +
    'once, and the server runs in a sandbox, one for each user.',
  options: {
    state: { value: 'DIR', description: 'the state folder of "luca up"; its usual one by default' },
    env: {
      value: 'NAME[=VALUE]',
      multiple: true,
      verbs: ['add'],
      description:
        "a variable of its environment, kept secret; without VALUE it is this shell's, or typed unseen, or read from stdin",
    },
    'env-file': {
      value: 'FILE',
      multiple: true,
      verbs: ['add'],
      description: 'a file of such variables, NAME=VALUE in each line',
    },
    'allow-network': { verbs: ['add', 'import'], description: 'let it use the network' },
    files: {
      value: 'read|write',
      verbs: ['add', 'import'],
      description: 'let it work with the served files',
    },
    value: {
      value: 'NAME=VALUE',
      multiple: true,
      verbs: ['import'],
      description: 'the value of a placeholder in the file',
    },
    'dry-run': { verbs: ['import'], description: 'show what would be added, and add nothing' },
  },
  verbs: {
    add: { usage: 'NAME -- COMMAND [ARG…]', summary: 'add one: start it, show what it offers and pin that' },
    import: {
      usage: 'FILE [NAME…]',
      summary: "add those of a client's configuration, such as Claude Desktop's, Cursor's or VS Code's",
    },
    list: { usage: '', summary: 'list the added ones' },
    test: { usage: 'NAME', summary: 'check whether one has changed' },
    approve: { usage: 'NAME [TOOL]', summary: 'accept what has changed, or one tool of it' },
    disable: { usage: 'NAME', summary: 'hide one and refuse its calls, until it is enabled' },
    enable: { usage: 'NAME', summary: 'restore one that was disabled' },
    remove: { usage: 'NAME', summary: 'remove one, and its data' },
  },
  async run(input, context) {
    const [name, ...rest] = input.positionals
    const state = input.text('state')
    const socket = state === undefined ? context.gatewaySocket : gatewaySocketIn(resolve(state))
    const servers = takenIn(serversOf(context, state), socket, context)
    if (name === undefined) return list(servers, context)
    if (input.verb === 'add') return add(name, rest, input, servers, context)
    if (input.verb === 'import') return takeOver(name, rest, input, servers, context)
    if (input.verb === 'test') return test(name, servers, context)
    if (input.verb === 'approve') return approve(name, rest[0], servers, context)
    if (input.verb === 'remove') return remove(name, servers, context)
    return change(name, input.verb === 'enable', servers, context)
  },
}

async function add(
  name: string,
  [command = '', ...args]: readonly string[],
  input: Input,
  servers: Servers,
  context: Context,
): Promise<Outcome> {
  const misused = (what: string) => misuse(server, what)
  const { values, open } = await readVariables(input.list('env'), input.list('env-file'), misused, context)
  if (open.length > 0) writeLine(context.io.stderr, `note: ${onCommandLine(open)}`)
  const offered = await servers.add(
    name,
    { ...withAbsolutePaths(command, args), env: values },
    grantsOf(input),
  )
  return report(name, offered, `added ${name}`, context)
}

/** More than any client's configuration has, in bytes. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024

async function takeOver(
  file: string,
  only: readonly string[],
  input: Input,
  servers: Servers,
  context: Context,
): Promise<Outcome> {
  const text = await readGivenFile(file, MAX_CONFIG_BYTES)
  const options = { only, grants: grantsOf(input), values: valuesOf(input), dryRun: input.flag('dry-run') }
  const all: Imported[] = []
  await importServers(configOf(file, text), options, servers, context, (imported) => {
    all.push(imported)
    if (!context.json) tellImported(imported, context)
  })
  if (context.json) writeJson(context.io, { servers: all })
  else if (all.length === 0) writeLine(context.io.stderr, 'The file names no servers.')
  return all.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'ok'
}

function configOf(file: string, text: string): ClientConfig {
  try {
    return readClientConfig(text)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new CliError('usage', `"${inLine(file)}" ${cause.message}.`, { cause })
  }
}

function tellImported({ from, name, outcome, why, variables, tools }: Imported, { io }: Context): void {
  const about = [
    from === name || name === '' ? [] : `as ${name}`,
    tools === null ? [] : `${tools} tools`,
    variables.length === 0 ? [] : `with ${variables.join(', ')}`,
  ].flat()
  const details = about.length === 0 ? '' : ` (${about.join('; ')})`
  const style = ({ added: 'green', 'would be added': 'green', 'left out': 'yellow', failed: 'red' } as const)[
    outcome
  ]
  const reason = why === null ? '' : `: ${visible(why)}`
  writeLine(
    io.stdout,
    `${styled(io.stdout, io.env, style, outcome)}  ${inLine(from)}${inLine(details)}${reason}`,
  )
}

function valuesOf(input: Input): Map<string, string> {
  return new Map(
    input.list('value').map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined) throw misuse(server, '--value takes NAME=VALUE')
      return [name, value]
    }),
  )
}

async function list(of: Servers, context: Context): Promise<Outcome> {
  const servers = await of.list()
  if (context.json) writeJson(context.io, { servers })
  else {
    const rows = servers.map(({ name, tools, quarantined, command, enabled }) => [
      name,
      String(tools),
      enabled ? 'on' : 'off',
      quarantined.join(', '),
      command,
    ])
    writeTable(context.io, ['NAME', 'TOOLS', 'STATE', 'QUARANTINED', 'COMMAND'], rows)
    for (const { name, remarks } of servers)
      for (const remark of remarks) writeLine(context.io.stderr, `note: ${name}: ${visible(remark)}`)
  }
  return 'ok'
}

async function test(name: string, servers: Servers, context: Context): Promise<Outcome> {
  const drift = await servers.test(name)
  if (context.json) writeJson(context.io, { name, ok: !hasDrifted(drift), ...drift })
  else for (const line of describeDrift(name, drift)) writeLine(context.io.stdout, line)
  return hasDrifted(drift) ? 'failed' : 'ok'
}

async function approve(
  name: string,
  tool: string | undefined,
  servers: Servers,
  context: Context,
): Promise<Outcome> {
  const offered = await servers.approve(name, tool)
  const what = tool === undefined ? `all that ${name} offers` : `${tool} of ${name}`
  return report(name, offered, `approved ${what}`, context)
}

async function change(name: string, enabled: boolean, servers: Servers, context: Context): Promise<Outcome> {
  await servers.switch(name, enabled)
  if (context.json) writeJson(context.io, { name, enabled })
  else writeLine(context.io.stdout, `${enabled ? 'enabled' : 'disabled'} ${name}`)
  return 'ok'
}

async function remove(name: string, servers: Servers, context: Context): Promise<Outcome> {
  await servers.remove(name)
  if (context.json) writeJson(context.io, { removed: name })
  else writeLine(context.io.stdout, `removed ${name}`)
  return 'ok'
}

function report(name: string, offered: Offered, done: string, context: Context): Outcome {
  const { tools, prompts, resources, remarks } = offered
  if (context.json) {
    writeJson(context.io, { name, tools: tools.map((tool) => tool.name), prompts, resources, remarks })
    return 'ok'
  }
  const { stdout, stderr } = context.io
  for (const { name: tool, description } of tools)
    writeLine(stdout, `  ${inLine(`${name}_${tool}`)}: ${inLine(firstLine(description))}`)
  for (const remark of remarks) writeLine(stderr, `note: ${visible(remark)}`)
  writeLine(stdout, done)
  return 'ok'
}

function describeDrift(name: string, { changed, added, removed }: Drift): string[] {
  const lines = [
    ...changed.map((tool) => `changed  ${visible(tool)}`),
    ...added.map((tool) => `new      ${visible(tool)}`),
    ...removed.map((tool) => `gone     ${visible(tool)}`),
  ]
  if (lines.length === 0) return [`${name} works, and offers what it was added with`]
  return [...lines, `"luca server approve ${name}" takes this over`]
}

function grantsOf(input: Input): Grants {
  const files = input.text('files') ?? 'none'
  if (files !== 'none' && files !== 'read' && files !== 'write')
    throw misuse(server, '--files takes read or write')
  return { network: input.flag('allow-network'), files }
}
