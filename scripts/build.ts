/** Bundles each program into one file: a start reads one file instead of hundreds. */
import { rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
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
const { metafile } = await build({
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
  metafile: true,
  minifySyntax: true,
  // What bundled CommonJS needs, by a name that no source has.
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
// Which packages each program holds, for the bill of materials.
const packages = Object.entries(metafile.outputs)
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
process.stdout.write(`built ${Object.keys(entryPoints).length} programs\n`)
