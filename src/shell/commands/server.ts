import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nameProblem } from '../../protocol/names.ts'
import {
  type Drift,
  driftBetween,
  hasDrifted,
  type LaunchSpec,
  type Vetted,
} from '../../protocol/third-party.ts'
import { misuse } from '../arguments.ts'
import type { Command, Context, Input } from '../command.ts'
import type { Outcome } from '../exit-codes.ts'
import { firstLine } from '../first-line.ts'
import { inLine, patiently, styled, table, visible, writeJson, writeLine } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { inspect } from '../servers/inspect.ts'
import { ServerStore } from '../servers/store.ts'
import type { Grants } from '../servers/unit-texts.ts'
import { defaultState, findInstallation } from '../up/places.ts'

const NOTHING: Drift = { changed: [], added: [], removed: [] }
/** Names of parts of the system: of methods, units and folders of the state. */
const RESERVED: ReadonlySet<string> = new Set(
  'adapter admin call caps gateway get licence llm llm-remote mcp owner search server servers stdio-adapter tools user'.split(
    ' ',
  ),
)

export const server: Command = {
  name: 'server',
  summary: 'add MCP servers of others, which speak over stdio, as sandboxed services',
  details:
    'add starts the server once, shows what it offers and pins that: a tool that changes later is not called until you approve it. ' +
    'A running "luca up" takes an added server in by itself.',
  options: {
    state: { value: 'DIR', description: 'the state folder of "luca up"; its usual one without' },
    env: {
      value: 'NAME=VALUE',
      multiple: true,
      verbs: ['add'],
      description: 'a variable of its environment; kept secret',
    },
    'allow-network': { verbs: ['add'], description: 'let it use the network' },
    files: { value: 'read|write', verbs: ['add'], description: 'let it work with the files that are served' },
  },
  verbs: {
    add: { usage: 'NAME -- COMMAND [ARG…]', summary: 'start one, show what it offers and pin that' },
    list: { usage: '', summary: 'list those that were added' },
    test: { usage: 'NAME', summary: 'look whether one has changed' },
    approve: { usage: 'NAME [TOOL]', summary: 'take over what has changed, or one tool of it' },
    remove: { usage: 'NAME', summary: 'remove one' },
  },
  async run(input, context) {
    const [name, ...rest] = input.positionals
    const store = new ServerStore(resolve(input.text('state') ?? defaultState(context.io.env)))
    if (name === undefined) return list(store, context)
    if (input.verb === 'add') return add(name, rest, input, store, context)
    if (input.verb === 'test') return test(name, store, context)
    return input.verb === 'approve' ? approve(name, rest[0], store, context) : remove(name, store, context)
  },
}

async function add(
  name: string,
  [command = '', ...args]: readonly string[],
  input: Input,
  store: ServerStore,
  context: Context,
): Promise<Outcome> {
  const { programs } = findInstallation()
  const problem =
    nameProblem(name, 'x') ?? (isTaken(name, programs) ? `the name "${name}" is taken` : undefined)
  if (problem !== undefined) throw new Refusal('usage', `The server can't be added: ${problem}.`)
  if (store.names().includes(name))
    throw new Refusal(
      'usage',
      `There is a server "${name}" already; "luca server remove ${name}" removes it.`,
    )
  const launch = { command, args, env: environmentOf(input) }
  const vetted = await look(name, launch, context)
  if (vetted.offer.tools.length + vetted.offer.prompts.length + vetted.offer.resources.length === 0)
    throw new Refusal(
      'failed',
      `The server "${name}" offers nothing that can be used. ${vetted.remarks.join('; ')}`,
    )
  await store.write({
    launch,
    pinned: { name, offer: vetted.offer, pins: vetted.pins },
    grants: grantsOf(input),
  })
  return report(name, vetted, `added ${name}`, context)
}

function isTaken(name: string, programs: string): boolean {
  const caps = join(programs, 'caps')
  return RESERVED.has(name) || (existsSync(caps) && readdirSync(caps).includes(`${name}.cap.json`))
}

function list(store: ServerStore, context: Context): Outcome {
  const servers = store.names().map((name) => {
    const { launch, pinned, grants } = store.read(name)
    const drift = store.drift(name) ?? NOTHING
    return {
      name,
      command: [launch.command, ...launch.args].join(' '),
      tools: pinned.offer.tools.length,
      network: grants.network,
      files: grants.files,
      quarantined: [...drift.changed, ...drift.added],
    }
  })
  if (context.json) writeJson(context.io, { servers })
  else {
    const { stdout, env } = context.io
    const rows = servers.map(({ name, tools, quarantined, command }) => [
      name,
      String(tools),
      quarantined.length === 0 ? '' : inLine(quarantined.join(', ')),
      inLine(command),
    ])
    const [head = '', ...lines] = table([['NAME', 'TOOLS', 'QUARANTINED', 'COMMAND'], ...rows])
    writeLine(stdout, styled(stdout, env, 'bold', head))
    for (const line of lines) writeLine(stdout, line)
  }
  return 'ok'
}

async function test(name: string, store: ServerStore, context: Context): Promise<Outcome> {
  const { launch, pinned } = store.read(name)
  const { pins } = await look(name, launch, context)
  const drift = driftBetween(pinned.pins, pins)
  if (context.json) writeJson(context.io, { name, ok: !hasDrifted(drift), ...drift })
  else for (const line of describeDrift(name, drift)) writeLine(context.io.stdout, line)
  return hasDrifted(drift) ? 'failed' : 'ok'
}

async function approve(
  name: string,
  tool: string | undefined,
  store: ServerStore,
  context: Context,
): Promise<Outcome> {
  const { launch, pinned, grants } = store.read(name)
  const vetted = await look(name, launch, context)
  if (tool === undefined) {
    await store.write({ launch, pinned: { name, offer: vetted.offer, pins: vetted.pins }, grants })
    return report(name, vetted, `approved all that ${name} offers`, context)
  }
  const now = vetted.offer.tools.find((candidate) => candidate.name === tool)
  if (!now)
    throw new Refusal(
      'usage',
      `The server "${name}" has no tool "${tool}"; "luca server test ${name}" shows what changed.`,
    )
  const tools = [...pinned.offer.tools.filter((other) => other.name !== tool), now]
  const pins = { ...pinned.pins, [tool]: vetted.pins[tool] as string }
  await store.write({ launch, pinned: { name, offer: { ...pinned.offer, tools }, pins }, grants })
  return report(
    name,
    { ...vetted, offer: { ...vetted.offer, tools: [now] } },
    `approved ${tool} of ${name}`,
    context,
  )
}

function remove(name: string, store: ServerStore, context: Context): Outcome {
  store.read(name)
  store.remove(name)
  if (context.json) writeJson(context.io, { removed: name })
  else writeLine(context.io.stdout, `removed ${name}`)
  return 'ok'
}

function look(name: string, launch: LaunchSpec, context: Context): Promise<Vetted> {
  const { programs } = findInstallation()
  return patiently(context, () => `starting ${name}`, inspect(name, launch, programs, context.signal))
}

function report(name: string, { offer, remarks }: Vetted, done: string, context: Context): Outcome {
  if (context.json) {
    const tools = offer.tools.map((tool) => tool.name)
    writeJson(context.io, {
      name,
      tools,
      prompts: offer.prompts.length,
      resources: offer.resources.length,
      remarks,
    })
    return 'ok'
  }
  const { stdout, stderr } = context.io
  for (const { name: tool, description } of offer.tools)
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

function environmentOf(input: Input): Record<string, string> {
  return Object.fromEntries(
    input.list('env').map((text) => {
      const equals = text.indexOf('=')
      if (!/^[A-Za-z_][A-Za-z0-9_]*=/.test(text)) throw misuse(server, '--env takes NAME=VALUE')
      return [text.slice(0, equals), text.slice(equals + 1)]
    }),
  )
}

function grantsOf(input: Input): Grants {
  const files = input.text('files') ?? 'none'
  if (files !== 'none' && files !== 'read' && files !== 'write')
    throw misuse(server, '--files takes read or write')
  return { network: input.flag('allow-network'), files }
}
