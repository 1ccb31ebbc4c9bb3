/** Bundles each program into one file: a start reads one file instead of hundreds. */
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { loadServers, ROOT } from './servers.ts'

const LUCA = 'luca'
const servers = await loadServers()
const entryPoints: Record<string, string> = {
  admin: 'src/admin/main.ts',
  gateway: 'src/gateway/main.ts',
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
for (const name of [...Object.keys(entryPoints), LUCA])
  rmSync(join(ROOT, 'dist', `${name}.mjs`), { force: true })
for (const chunk of globSync('dist/luca-*.mjs*', { cwd: ROOT })) rmSync(join(ROOT, chunk))
const options = {
  absWorkingDir: ROOT,
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Native modules stay beside the bundle.
  external: ['koffi', 'node-llama-cpp', 'sd-notify'],
  sourcemap: 'linked',
  metafile: true,
  minifySyntax: true,
  // What bundled CommonJS needs, by a name that no source has.
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
  },
  logLevel: 'warning',
} satisfies BuildOptions
const builds = await Promise.all([
  build({ ...options, entryPoints }),
  // The full-screen interface is a file of its own, read by those alone who want it.
  build({
    ...options,
    entryPoints: { [LUCA]: 'src/shell/main.ts' },
    splitting: true,
    chunkNames: `${LUCA}-[name]-[hash]`,
  }),
])
// Which packages each program holds, for the bill of materials.
const packages = builds
  .flatMap(({ metafile }) => Object.entries(metafile.outputs))
  .filter(([output]) => output.endsWith('.mjs'))
  .map(([output, { inputs }]) => [
    relative('dist', output),
    [
      ...new Set(
        Object.keys(inputs).flatMap(
          (input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
        ),
      ),
    ].sort(),
  ])
writeFileSync(join(ROOT, 'dist/packages.json'), `${JSON.stringify(Object.fromEntries(packages), null, 2)}\n`)
process.stdout.write(`built ${Object.keys(entryPoints).length + 1} programs\n`)
