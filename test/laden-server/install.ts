/** Eight servers with 121 tools, whose names and texts are as long and as odd as they may be. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Descriptor } from '../../src/protocol/descriptor.ts'
import { MAX_ADVERTISED_NAME } from '../../src/protocol/names.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
export const LADEN_SERVERS = [
  'calendars',
  'documents',
  'home-automation',
  'letters',
  'notes',
  'photos',
  'server-of-a-long-name-abc',
  'weather',
].map((name) => name.slice(0, 24))
const TOOLS = 121

const DESCRIPTIONS = [
  '\n\n    Lists what there is.\n\n    Returns:\n        everything.\n',
  '\r\n予定表のすべての項目を一覧にします。長い説明文がここに続きます。'.repeat(4),
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘! marks, and שלום עולם, and \u202Eturned\u202C.',
  `One word that is long: ${'x'.repeat(300)}`,
  '',
  `${'Says what it does in many words. '.repeat(60)}`,
]

const toolName = (server: string, i: number): string => {
  if (i === 0) return 'list_all'
  if (i === 1) return 'read_all'
  const name = `${['get', 'search', 'update', 'delete'][i % 4]}_${i}`
  return i % 5 === 0 ? `${name}_${'long'.repeat(20)}`.slice(0, MAX_ADVERTISED_NAME - server.length - 1) : name
}

const schema = (i: number): Record<string, unknown> => ({
  type: 'object',
  properties: Object.fromEntries(
    Array.from({ length: i % 12 }, (_, n) => [
      n === 7 ? `a_property_with_a_name_that_is_long_${'y'.repeat(40)}` : `field${n}`,
      {
        type: n % 3 === 0 ? 'integer' : 'string',
        description: `\n${DESCRIPTIONS[n % DESCRIPTIONS.length]}`,
        ...(n === 4 ? { enum: Array.from({ length: 40 }, (_, at) => `choice-${at}-${'z'.repeat(at)}`) } : {}),
      },
    ]),
  ),
})

const descriptorOf = (server: string, at: number): Descriptor => {
  const own = Math.floor(TOOLS / LADEN_SERVERS.length) + (at < TOOLS % LADEN_SERVERS.length ? 1 : 0)
  return {
    service_name: server,
    title: `The server named ${server}`,
    version: '1.0.0',
    description: `\n\n${DESCRIPTIONS[at % DESCRIPTIONS.length]}`,
    scope: 'user',
    listChanged: false,
    subscribe: false,
    tools: Array.from({ length: own }, (_, i) => ({
      name: toolName(server, i),
      description: DESCRIPTIONS[i % DESCRIPTIONS.length] as string,
      inputSchema: schema(i),
      capability: `${server}.use`,
      annotations: {
        readOnlyHint: i % 4 !== 3,
        destructiveHint: i % 4 === 3,
        idempotentHint: true,
        openWorldHint: i % 3 === 0,
      },
    })),
    prompts: [],
    resources: [],
    resourceTemplates: [],
    completions: false,
  }
}

/** Writes `units/` and `caps/` under a folder and gives their paths. Two descriptors there can't be used. */
export async function installLaden(folder: string): Promise<{ units: string; caps: string }> {
  const units = join(folder, 'units')
  const caps = join(folder, 'caps')
  await mkdir(units)
  await mkdir(caps)
  for (const [at, server] of LADEN_SERVERS.entries()) {
    await writeFile(
      join(units, `mcp-${server}@.socket`),
      `[Socket]\nListenStream=/run/mcp/%i/${server}.sock\nSocketMode=0660\n`,
    )
    await writeFile(
      join(units, `mcp-${server}@.service`),
      `[Service]\nType=exec\nExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${MAIN}\n`,
    )
    await writeFile(join(caps, `${server}.cap.json`), JSON.stringify(descriptorOf(server, at)))
  }
  for (const name of ['broken', `broken-${'too-'.repeat(30)}`])
    await writeFile(join(caps, `${name}.cap.json`), '{"service_name": 5')
  return { units, caps }
}
