/** Servers of test/ in the booted system, with units as that of time: what the sandbox of every server is, and nothing more. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from '../scripts/servers.ts'
import type { ServerDefinition } from '../src/protocol/define.ts'
import { describeServer } from '../src/protocol/descriptor.ts'
import type { System } from './system.ts'

const PROGRAMS = '/usr/lib/llmbasedos'

/**
 * Gives a user servers whose program is the `main.ts` of a folder, which is started with the server's name. `environment` is
 * added to their units.
 */
export async function addFixtures(
  system: System,
  user: string,
  folder: string,
  servers: readonly ServerDefinition<unknown>[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const program = `${PROGRAMS}/${folder.split('/').at(-1)}.mjs`
  await system.put(program, await bundled(join(ROOT, folder, 'main.ts')))
  for (const server of servers) {
    const { name } = server
    for (const kind of ['service', 'socket']) {
      const unit = readFileSync(join(ROOT, `systemd/mcp-time@.${kind}`), 'utf8')
        .replace(`${PROGRAMS}/time.cjs`, `${program} ${name}`)
        .replaceAll('/time', `/${name}`)
      await system.put(`/run/systemd/system/mcp-${name}@.${kind}`, unit)
    }
    const variables = Object.entries(environment).map(([key, value]) => `Environment=${key}=${value}\n`)
    await system.put(
      `/run/systemd/system/mcp-${name}@.service.d/50-grants.conf`,
      `[Service]\n${variables.join('')}`,
    )
    await system.put(`${PROGRAMS}/caps/${name}.cap.json`, JSON.stringify(describeServer(server)))
  }
  await system.out(['systemctl', 'daemon-reload'])
  for (const { name } of servers) await system.out(['systemctl', 'start', `mcp-${name}@${user}.socket`])
}

async function bundled(main: string): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [main], bundle: true, platform: 'node', format: 'esm', write: false },
    external: ['koffi', 'node-llama-cpp', 'sd-notify'],
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
  })
  const [{ text } = { text: '' }] = outputFiles
  return text
}
