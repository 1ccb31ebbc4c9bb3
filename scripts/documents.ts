/** Documentation that is made from what it documents. */

import { EXIT } from '../src/command/exit-codes.ts'
import { otherwiseLine, usageLine } from '../src/command/usage.ts'
import { LOCAL_PARAMETERS } from '../src/gateway/llm/parameters.ts'
import { RESPONSE_PARAMETERS } from '../src/gateway/llm/responses/parameters.ts'
import { COMMANDS } from '../src/luca/commands/index.ts'
import { REGISTRY } from '../src/models/registry.ts'
import type { DescribedTool, Descriptor } from '../src/protocol/descriptor.ts'
import { ERRORS } from '../src/protocol/errors.ts'
import type { JsonSchema } from '../src/protocol/mcp.ts'
import { advertisedName, withNames } from '../src/protocol/names.ts'
import { IMPORT_RULES, OTHER_FOLDERS } from '../test/import-rules.ts'

/** `docs/tools.md`. */
export function toolsReference(servers: Descriptor[]): string {
  const named = servers.map((server) =>
    withNames(server, (tool) => advertisedName(server.service_name, tool)),
  )
  const parts = named.flatMap((server) => [
    `## ${server.service_name}\n\n${server.description}\n`,
    ...callsLine(server),
    ...eventsLine('Tells', server.events),
    ...eventsLine('Hears', server.hears),
    ...server.tools.map((tool) => toolSection(server.service_name, tool)),
    ...v1Section(server),
  ])
  return `# Tools\n\nMade from the definitions by \`make generate\`; do not edit. At \`/mcp\` a tool has its server's name in front, at\n\`/mcp/<server>\` it has not.\n\n${parts.join('\n')}`
}

/** The events that a server sends and receives. */
const eventsLine = (verb: string, names: readonly string[] = []): string[] =>
  names.length === 0 ? [] : [`${verb} events: ${names.map((name) => `\`${name}\``).join(', ')}.\n`]

/** What a server calls of others while it works on a call. */
const callsLine = ({ calls = [] }: Descriptor): string[] =>
  calls.length === 0
    ? []
    : [`Calls others on behalf of its caller: ${calls.map((call) => `\`${call}\``).join(', ')}.\n`]

function toolSection(
  server: string,
  { name, description, inputSchema, annotations, capability }: DescribedTool,
): string {
  const required = new Set((inputSchema.required as string[] | undefined) ?? [])
  const rows = Object.entries((inputSchema.properties as Record<string, JsonSchema> | undefined) ?? {}).map(
    ([key, schema]) =>
      `| \`${key}\` | ${typeOf(schema)} | ${required.has(key) ? 'yes' : 'no'} | ${cell(String(schema.description ?? ''))} |\n`,
  )
  const hints = Object.entries(annotations ?? {})
    .filter(([, value]) => value === true)
    .map(([hint]) => hint.replace(/Hint$/, ''))
  return [
    `### ${advertisedName(server, name)}\n\n${description}\n`,
    `Needs \`${capability}\`. Hints: ${hints.join(', ') || 'none'}.\n`,
    rows.length > 0
      ? `| parameter | type | required | meaning |\n|---|---|---|---|\n${rows.join('')}`
      : 'No parameters.\n',
  ].join('\n')
}

function v1Section({ service_name, methods = [] }: Descriptor): string[] {
  if (methods.length === 0) return []
  const rows = methods.map(
    ({ verb, positional, capability, description }) =>
      `| \`mcp.${service_name}.${verb}\` | ${positional.map((name) => `\`${name}\``).join(', ')} | \`${capability}\` | ${cell(description)} |\n`,
  )
  return [
    `### v1 methods of ${service_name}\n\n| method | parameters, in order | needs | what it does |\n|---|---|---|---|\n${rows.join('')}`,
  ]
}

function typeOf(schema: JsonSchema): string {
  if (schema.type === 'array') return `array of ${typeOf((schema.items ?? {}) as JsonSchema)}`
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (Array.isArray(schema.anyOf))
    return (schema.anyOf as JsonSchema[])
      .map((s) => (s.const === undefined ? typeOf(s) : `\`${s.const}\``))
      .join(', ')
  return String(schema.type ?? 'any')
}

/** What a model of this machine makes of each parameter of OpenAI's. */
export function parametersTable(): string {
  const rulings = Object.entries(LOCAL_PARAMETERS).map(([name, [first, ...others]]) => ({
    name,
    ruling: first?.ruling ?? '',
    note: first?.note ?? '',
    tasks: [first, ...others].flatMap((one) => one?.tasks ?? []),
  }))
  const row = ({ name, ruling, tasks, note }: (typeof rulings)[number]) => {
    const of = tasks.map((task) => PATHS[task]).join(', ')
    return `| \`${name}\` | ${of} | ${ruling} | ${cell(note)} |\n`
  }
  return `| parameter | of | | |\n|---|---|---|---|\n${rulings.map(row).join('')}`
}

/** What becomes of each parameter of OpenAI's Responses API. */
export const responseParametersTable = (): string =>
  `| parameter of responses | | |\n|---|---|---|\n${Object.entries(RESPONSE_PARAMETERS)
    .map(([name, { ruling, note }]) => `| \`${name}\` | ${ruling} | ${cell(note)} |\n`)
    .join('')}`

const PATHS = { chat: 'chat', complete: 'completions', embed: 'embeddings' } as const

/** The table of models in `docs/models.md`. */
export function registryTable(): string {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
  const rows = REGISTRY.map(({ name, kind, size, memory, context, licence, tools, summary }) =>
    [`\`${name}\``, kind, gigabytes(size), gigabytes(memory), context, tools ?? 'no', licence, summary].join(
      ' | ',
    ),
  )
  return `| name | kind | file | memory | trained context | tools | licence | for |\n|---|---|---|---|---|---|---|---|\n${rows.map((row) => `| ${row} |\n`).join('')}`
}

/** The reference of luca's commands in `docs/luca.md`: a row for each thing that one can do. */
export function commandReference(): string {
  const rows = COMMANDS.flatMap((command) => {
    if (!command.verbs) return [[`\`${usageLine(command)}\``, command.summary + needs(command)]]
    const alone =
      command.alone === undefined ? [] : [[`\`luca ${command.name}\``, command.alone + needs(command)]]
    const verbs = Object.entries(command.verbs).map(([verb, one]) => [
      `\`${usageLine(command, verb)}\``,
      one.summary + needs({ appliance: command.appliance ?? one.appliance }),
    ])
    const others = command.otherwise ? [[`\`${otherwiseLine(command)}\``, command.otherwise.summary]] : []
    return [[`**${command.name}**`, command.summary], ...alone, ...others, ...verbs]
  })
  return markdownTable(['command', 'what it does'], rows)
}

/** The table of exit codes. */
export const exitCodeTable = (): string =>
  markdownTable(
    ['exit code', 'meaning'],
    Object.values(EXIT).map(({ code, meaning }) => [String(code), meaning]),
  )

const needs = ({ appliance }: { appliance?: true | undefined }): string =>
  appliance ? ' (on the appliance)' : ''

export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))]
    .map((row) => `| ${row.join(' | ')} |\n`)
    .join('')

/** The table of errors in `docs/protocol.md`. */
export function errorTable(): string {
  const rows = Object.entries(ERRORS).map(
    ([name, { code, http, meaning }]) =>
      `| ${String(code).replace('-', '−')} | ${name} | ${http} | ${cell(meaning)} |\n`,
  )
  return `| code | name | HTTP | meaning |\n|---|---|---|---|\n${rows.join('')}`
}

/** The table of folders in `docs/architecture.md`: what each may import is what the test of imports holds. */
export function foldersTable(): string {
  const sources = Object.entries(IMPORT_RULES).map(([folder, { purpose, mayImport }]) => [
    `\`src/${folder === 'servers' ? 'servers/*' : folder}/\``,
    purpose,
    mayImport.join(', ') || '–',
  ])
  const others = Object.entries(OTHER_FOLDERS).map(([folder, purpose]) => [`\`${folder}/\``, purpose, ''])
  return markdownTable(['folder', 'what it is for', 'may import'], [...sources, ...others])
}

/** The folders of `docs/architecture.md` in layers, the highest first: each imports those of lower ones alone. */
export function layers(): string {
  const levels = new Map<string, number>()
  const levelOf = (folder: string): number => {
    const known = levels.get(folder)
    if (known !== undefined) return known
    const below = IMPORT_RULES[folder]?.mayImport.map(levelOf) ?? []
    const level = Math.max(-1, ...below) + 1
    levels.set(folder, level)
    return level
  }
  const folders = Object.keys(IMPORT_RULES)
  const highest = Math.max(...folders.map(levelOf))
  const rows = Array.from({ length: highest + 1 }, (_, i) =>
    grouped(folders.filter((folder) => levelOf(folder) === highest - i)).join(' · '),
  )
  return `\`\`\`\n${rows.map((row) => `${row}\n`).join('')}\`\`\`\n`
}

/** Folders of one folder as one, `gateway/{auth, limits}`; where that stands there itself, it stands for them. */
function grouped(folders: readonly string[]): string[] {
  const of = Map.groupBy(folders, (folder) => folder.split('/').slice(0, -1).join('/'))
  return [...of].flatMap(([parent, own]) => {
    if (parent === '') return own
    if (folders.includes(parent)) return []
    const names = own.map((folder) => folder.slice(parent.length + 1))
    return names.length === 1 ? own : [`${parent}/{${names.join(', ')}}`]
  })
}

/** A text with what stands between `<!-- name -->` and `<!-- /name -->` replaced. */
export function withBetween(text: string, name: string, content: string): string {
  const [before, rest] = text.split(`<!-- ${name} -->`)
  const after = rest?.split(`<!-- /${name} -->`)[1]
  if (after === undefined) throw new Error(`The markers of "${name}" are missing.`)
  return `${before}<!-- ${name} -->\n${content}<!-- /${name} -->${after}`
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
