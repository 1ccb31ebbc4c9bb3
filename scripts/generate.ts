/**
 * Makes what follows from the definitions: validators, descriptors, what shells and man know of luca, the references
 * and the defaults file. Writes only what has changed; the same input gives the same bytes.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LLM_DESCRIPTOR } from '../src/gateway/llm/descriptor.ts'
import { exampleYaml } from '../src/host/config/reference.ts'
import { COMMANDS } from '../src/luca/commands/index.ts'
import { sharedFiles } from '../src/luca/completion/scripts.ts'
import { DESCRIPTOR_SUFFIX, describeServer } from '../src/protocol/descriptor.ts'
import { type ConfigFile, loadConfigs } from './configs.ts'
import {
  commandReference,
  errorTable,
  exitCodeTable,
  foldersTable,
  layers,
  parametersTable,
  registryTable,
  responseParametersTable,
  toolsReference,
  withBetween,
} from './documents.ts'
import { loadServers, ROOT, type ServerFolder } from './servers.ts'
import { limitsTable, serverSettings, settingsTable } from './settings-documents.ts'
import { configModule, validatorsModule } from './validators.ts'

export interface Definitions {
  servers: ServerFolder[]
  configs: ConfigFile[]
}

export const loadDefinitions = async (): Promise<Definitions> => ({
  servers: await loadServers(),
  configs: await loadConfigs(),
})

/** Every generated file by its path, from the repository's root. */
export function generated({ servers, configs }: Definitions): Map<string, string> {
  const files = configValidators(configs)
  for (const { folder, server, fixture } of servers) {
    files.set(`${folder}/generated/validators.ts`, validatorsModule(server))
    files.set(
      `dist/${fixture ? 'test/' : ''}caps/${server.name}${DESCRIPTOR_SUFFIX}`,
      `${JSON.stringify(describeServer(server), null, 2)}\n`,
    )
  }
  for (const [path, text] of sharedFiles(COMMANDS)) files.set(`dist/${path}`, text)
  for (const [path, text] of documents({ servers, configs })) files.set(path, text)
  return files
}

const configValidators = (configs: readonly ConfigFile[]): Map<string, string> =>
  new Map(
    configs.map(({ folder, config }) => [
      `${folder}/generated/${config.name}.config.ts`,
      configModule(config.schema),
    ]),
  )

/** Those of them that are kept in the repository. */
export function documents({ servers, configs }: Definitions): Map<string, string> {
  const real = servers
    .filter(({ server, fixture }) => !fixture && server.models === undefined)
    .map(({ server }) => describeServer(server))
  const protocol = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8')
  const models = readFileSync(join(ROOT, 'docs/models.md'), 'utf8')
  const luca = withBetween(readFileSync(join(ROOT, 'docs/luca.md'), 'utf8'), 'commands', commandReference())
  const architecture = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
  return new Map([
    [
      'docs/architecture.md',
      withBetween(withBetween(architecture, 'layers', layers()), 'folders', foldersTable()),
    ],
    ['docs/tools.md', toolsReference([...real, LLM_DESCRIPTOR])],
    ['docs/protocol.md', withBetween(protocol, 'errors', errorTable())],
    ['docs/luca.md', withBetween(luca, 'exit codes', exitCodeTable())],
    [
      'docs/models.md',
      [
        ['registry', registryTable()],
        ['parameters', parametersTable()],
        ['parameters of responses', responseParametersTable()],
      ].reduce((text, [name, table]) => withBetween(text, name as string, table as string), models),
    ],
    ...settingsDocuments({ servers, configs }),
  ])
}

/** What the pages say of settings, and the defaults as files that explain themselves. */
function settingsDocuments({ servers, configs }: Definitions): [string, string][] {
  const schemaOf = (name: string) => {
    const found = configs.find(({ config }) => config.name === name)
    if (!found) throw new Error(`There is no ${name}.config.ts.`)
    return found.config.schema
  }
  const own = servers.filter(({ fixture }) => !fixture)
  const page = (path: string, tables: Record<string, string>): [string, string] => [
    path,
    Object.entries(tables).reduce(
      (text, [name, table]) => withBetween(text, name, table),
      readFileSync(join(ROOT, path), 'utf8'),
    ),
  ]
  return [
    page('docs/configuration.md', {
      settings: settingsTable(schemaOf('gateway')),
      'settings of servers': serverSettings(own.map(({ server }) => server)),
    }),
    page('docs/models-remote.md', { settings: settingsTable(schemaOf('models')) }),
    page('docs/licence.md', { settings: settingsTable(schemaOf('tiers')) }),
    page('docs/image.md', { settings: settingsTable(schemaOf('llmbasedos')) }),
    page('docs/limits.md', { limits: limitsTable(schemaOf('gateway')) }),
    ['rootfs-overlay/usr/lib/llmbasedos/gateway.yaml', exampleYaml(schemaOf('gateway'))],
    ...own.flatMap(({ server: { name, settings } }): [string, string][] =>
      settings ? [[`rootfs-overlay/usr/lib/llmbasedos/${name}.yaml`, exampleYaml(settings)]] : [],
    ),
  ]
}

function write(path: string, text: string): boolean {
  const file = join(ROOT, path)
  try {
    if (readFileSync(file, 'utf8') === text) return false
  } catch {
    mkdirSync(dirname(file), { recursive: true })
  }
  writeFileSync(file, text)
  return true
}

if (import.meta.main) {
  // Servers import these, so that they must be there before what servers define is.
  for (const [path, text] of configValidators(await loadConfigs())) write(path, text)
  const files = generated(await loadDefinitions())
  const changed = [...files].filter(([path, text]) => write(path, text))
  // A server that is gone, or has another name, must not be offered.
  for (const old of globSync(`dist/{,test/}caps/*${DESCRIPTOR_SUFFIX}`, { cwd: ROOT }))
    if (!files.has(old)) rmSync(join(ROOT, old))
  process.stdout.write(`generated ${files.size} files, ${changed.length} of them changed\n`)
}
