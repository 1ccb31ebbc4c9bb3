/** Bundles each program into one file: a start reads one file instead of hundreds. */
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { loadServers, ROOT } from './servers.ts'

const LUCA = 'luca'
const servers = await loadServers()
const entryPoints: Record<string, string> = {
  admin: 'src/admin/main.ts',
  gateway: 'src/gateway/main.ts',
  'stdio-adapter': 'src/servers/stdio-adapter/main.ts',
  'stdio-bridge': 'src/shell/stdio/main.ts',
  ...Object.fromEntries(
    servers.map(({ folder, server, fixture }) => [
      fixture ? `test/${server.name}` : server.name,
      `${folder}/main.ts`,
    ]),
  ),
}
for (const name of [...Object.keys(entryPoints), LUCA])
  rmSync(join(ROOT, 'dist', `${name}.mjs`), { force: true })
for (const chunk of globSync('dist/luca-*.mjs*', { cwd: ROOT })) rmSync(join(ROOT, chunk))
const options: BuildOptions = {
  absWorkingDir: ROOT,
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Native modules stay beside the bundle.
  external: ['koffi', 'sd-notify'],
  sourcemap: 'linked',
  minifySyntax: true,
  // What bundled CommonJS needs, by a name that no source has.
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
  },
  logLevel: 'warning',
}
await Promise.all([
  build({ ...options, entryPoints }),
  // The full-screen interface is a file of its own, read by those alone who want it.
  build({
    ...options,
    entryPoints: { [LUCA]: 'src/shell/main.ts' },
    splitting: true,
    chunkNames: `${LUCA}-[name]-[hash]`,
  }),
])
process.stdout.write(`built ${Object.keys(entryPoints).length + 1} programs\n`)
