/** Bundles each program: a start reads one file instead of hundreds, or a few. */
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { loadServers, ROOT, type ServerFolder } from './servers.ts'

const LUCA = 'luca'
/** What runs all the time, or starts others. */
const programs: Record<string, string> = {
  admin: 'src/admin/main.ts',
  gateway: 'src/gateway/main.ts',
  'llm-worker': 'src/servers/llm-local/worker/main.ts',
  'stdio-bridge': 'src/bridge/stdio/main.ts',
}
const folders = await loadServers()
/** What starts when it is called. */
const servers: Record<string, string> = {
  'stdio-adapter': 'src/servers/stdio-adapter/main.ts',
  ...Object.fromEntries(folders.map((one) => [nameOf(one), `${one.folder}/main.ts`])),
}
/** The workers of servers, found by their names (framework/workers/program.ts). */
const workers: Record<string, string> = Object.fromEntries(
  folders.flatMap((one) =>
    globSync(`${one.folder}/**/*.worker.ts`, { cwd: ROOT }).map((file) => [
      `${nameOf(one)}.${basename(file, '.ts')}`,
      file,
    ]),
  ),
)

function nameOf({ server, fixture }: ServerFolder): string {
  return fixture ? `test/${server.name}` : server.name
}
for (const old of globSync('dist/{,test/}*.[cm]js*', { cwd: ROOT })) rmSync(join(ROOT, old))
const options = {
  absWorkingDir: ROOT,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Native modules stay beside the bundle.
  external: ['koffi', 'node-llama-cpp', 'onnxruntime-node', 'sd-notify', 'usearch'],
  sourcemap: 'linked',
  metafile: true,
  minifySyntax: true,
  logLevel: 'warning',
} satisfies BuildOptions
/** Imported by a module, a part of Node has all that it exports read, and some of that is loaded by being read. */
const partsOfNodeByNeed: Plugin = {
  name: 'parts of Node by need',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : { path, namespace: 'node' },
    )
    onLoad({ filter: /^/, namespace: 'node' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
  },
}
const module = {
  ...options,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  plugins: [partsOfNodeByNeed],
  // What bundled CommonJS needs, by a name that no source has.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
} satisfies BuildOptions
/** What is loaded by need is in files of its own: the full-screen interface, and each reader; that of PDF takes longer to compile than Node to start. */
const split = (entryPoints: Record<string, string>, name: string) =>
  build({ ...module, entryPoints, splitting: true, chunkNames: `${name}-[name]-[hash]` })
const builds = await Promise.all([
  build({ ...module, entryPoints: programs }),
  // As CommonJS a program starts sooner: as a module it would have Node load its file, and what Node itself exports by
  // need, through the loader of modules.
  build({
    ...options,
    entryPoints: servers,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.url': 'bundledUrl' },
    banner: { js: "const bundledUrl = require('node:url').pathToFileURL(__filename).href;" },
  }),
  split({ [LUCA]: 'src/luca/main.ts' }, LUCA),
  split(workers, 'worker'),
])
// Which packages each program holds, for the bill of materials.
const packages = builds
  .flatMap(({ metafile }) => Object.entries(metafile.outputs))
  .filter(([output]) => /\.[cm]js$/.test(output))
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
process.stdout.write(`built ${Object.keys({ ...programs, ...servers, ...workers }).length + 1} programs\n`)
