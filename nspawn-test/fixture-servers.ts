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
 * Gives a user servers whose program is the `main.ts` of a folder, which is started with the server's name. `environmentOf`
 * is added to their units.
 */
export async function addFixtures<Deps>(
  system: System,
  user: string,
  folder: string,
  servers: readonly ServerDefinition<Deps>[],
  environmentOf: (name: string) => Readonly<Record<string, string>> = () => ({}),
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
    const variables = Object.entries(environmentOf(name)).map(
      ([key, value]) => `Environment=${key}=${value}\n`,
    )
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
    entryPoints: [main],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    external: ['koffi', 'node-llama-cpp', 'sd-notify'],
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
  })
  const [{ text } = { text: '' }] = outputFiles
  return text
}

/** What of a process of a server can be seen from outside, with its numbers left out. */
export async function withinSandbox(system: System, unit: string) {
  const pid = await system.programOf(unit)
  const [name = ''] = unit.split('@').map((part) => part.replace('mcp-', ''))
  const general = (text: string) =>
    text.replace(new RegExp(`\\b${name}\\b`, 'g'), 'SERVER').replace(/\d+/g, 'N')
  const lines = async (command: string) =>
    (await system.out(['sh', '-c', command])).split('\n').map(general).toSorted()
  const root = `/proc/${pid}/root`
  return {
    root: await lines(
      `ls -A ${root} ${root}/run ${root}/run/systemd ${root}/var ${root}/etc/llmbasedos; true`,
    ),
    sockets: await lines(`find ${root}/run ${root}/var ${root}/tmp -type s`),
    // Where a mount is from, and how, besides its numbers.
    mounts: await lines(`cut -d ' ' -f 4- /proc/${pid}/mountinfo | grep -v ' - proc '`),
    networks: await lines(`cat /proc/${pid}/net/dev | cut -d : -f 1`),
    addresses: await lines(
      `cat /proc/${pid}/net/tcp /proc/${pid}/net/tcp6 /proc/${pid}/net/udp | grep -c :; true`,
    ),
    variables: await lines(`tr '\\0' '\\n' </proc/${pid}/environ | cut -d = -f 1`),
    status: await lines(`grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/${pid}/status`),
  }
}

/** What a process has open. */
export const descriptorsOf = async (system: System, unit: string): Promise<string[]> =>
  (await system.out(['sh', '-c', `readlink /proc/${await system.programOf(unit)}/fd/*`]))
    .split('\n')
    .map((target) => target.replace(/\d+/g, 'N'))
    .toSorted()

/** How exposed systemd finds a unit, from 0 to 10. */
export async function exposureOf(system: System, unit: string): Promise<number> {
  const said = await system.out(['systemd-analyze', 'security', '--no-pager', unit])
  return Number(/Overall exposure level for .*: ([\d.]+)/.exec(said)?.[1])
}
