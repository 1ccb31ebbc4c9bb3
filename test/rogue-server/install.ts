/** Puts the rogue server's unit files and descriptor where an appliance finds them. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Descriptor } from '../../src/protocol/descriptor.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
export const ROGUE_TOOLS = [
  'echo',
  'slow',
  'garbage',
  'binary',
  'wrong_id',
  'scalar_result',
  'never',
  'hang_up',
  'die',
  'leak',
  'long',
  'deep',
  'chatty',
  'told',
  'deaf',
]

export const rogueDescriptor: Descriptor = {
  service_name: 'rogue',
  title: 'Rogue',
  version: '1.0.0',
  description: 'Misbehaves.',
  scope: 'user',
  listChanged: false,
  subscribe: false,
  tools: ROGUE_TOOLS.map((name) => ({
    name,
    description: name,
    inputSchema: { type: 'object' },
    capability: 'rogue.test',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })),
  prompts: [],
  resources: [],
  resourceTemplates: [],
  completions: false,
}

/** Writes `units/` and `caps/` under a folder and gives their paths. */
export async function installRogue(folder: string): Promise<{ units: string; caps: string }> {
  const units = join(folder, 'units')
  const caps = join(folder, 'caps')
  await mkdir(units)
  await mkdir(caps)
  await writeFile(
    join(units, 'mcp-rogue@.socket'),
    '[Socket]\nListenStream=/run/mcp/%i/rogue.sock\nSocketMode=0660\n',
  )
  await writeFile(
    join(units, 'mcp-rogue@.service'),
    `[Service]\nType=exec\nExecStart=/usr/bin/node ${MAIN}\n`,
  )
  await writeFile(join(caps, 'rogue.cap.json'), JSON.stringify(rogueDescriptor))
  return { units, caps }
}
