/** Bundles each program into one file: a start reads one file instead of hundreds. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { loadServers, ROOT } from './servers.ts'

const servers = await loadServers()
const entryPoints: Record<string, string> = {
  admin: 'src/admin/main.ts',
  gateway: 'src/gateway/main.ts',
  luca: 'src/shell/main.ts',
  'llm-worker': 'src/servers/llm/worker/main.ts',
  'stdio-adapter': 'src/servers/stdio-adapter/main.ts',
  'stdio-bridge': 'src/shell/stdio/main.ts',
  ...Object.fromEntries(
    servers.map(({ folder, server, fixture }) => [
      fixture ? `test/${server.name}` : server.name,
      `${folder}/main.ts`,
    ]),
  ),
}
for (const name of Object.keys(entryPoints)) rmSync(join(ROOT, 'dist', `${name}.mjs`), { force: true })
await build({
  absWorkingDir: ROOT,
  entryPoints,
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Native modules stay beside the bundle.
  external: ['koffi', 'node-llama-cpp', 'sd-notify'],
  sourcemap: 'linked',
  minifySyntax: true,
  // What bundled CommonJS needs, by a name that no source has.
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
process.stdout.write(`built ${Object.keys(entryPoints).length} programs\n`)
