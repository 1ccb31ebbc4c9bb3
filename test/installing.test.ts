/** `make install` and `luca uninstall`: a copy that lives without the project, and nothing left of it afterwards. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { generateModel, TEMPLATE } from '../src/models/testing/generate.ts'
import { ROOT, until } from './support/appliance.ts'

/** A name that shells, units and links could stumble over. */
let home: string
let prefix: string
let env: NodeJS.ProcessEnv
const luca = () => join(prefix, 'bin/luca')
const unit = () => join(prefix, 'share/systemd/user/llmbasedos.service')
const wanted = () => join(home, '.config/systemd/user/default.target.wants/llmbasedos.service')

const install = () => {
  const words = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/install-prefix.ts'), prefix]
  return spawnSync(process.execPath, words, { env, encoding: 'utf8' })
}
const run = (...words: string[]) => spawnSync(luca(), words, { env, encoding: 'utf8' })

before(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "a $h'%n-")))
  prefix = join(home, 'my prefix')
  env = { HOME: home, PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TMPDIR: tmpdir() }
})
after(() => rmSync(home, { recursive: true, force: true }))

/** Everything below a folder: what each file holds, and where each link leads. */
function everything(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    found[path] = entry.isSymbolicLink()
      ? `-> ${readlinkSync(path)}`
      : entry.isFile()
        ? readFileSync(path, 'latin1')
        : 'folder'
  }
  return found
}

describe('a copy that was installed', () => {
  let up: ChildProcess | undefined
  before(() => {
    const { status, stdout, stderr } = install()
    assert.equal(status, 0, stderr)
    assert.match(stdout, /is not on your PATH/)
    assert.match(stdout, /"luca uninstall" removes it/)
  })
  after(async () => {
    if (!up || up.exitCode !== null) return
    up.kill('SIGTERM')
    await once(up, 'exit')
  })

  test('has every file for itself: none leads to the project', () => {
    for (const [path, what] of Object.entries(everything(prefix)))
      if (what.startsWith('-> ')) assert.ok(realpathSync(path).startsWith(prefix), `${path} ${what}`)
    assert.match(run('version').stdout, /^luca \d/)
  })

  test('starts the appliance, its servers and a model where the project is not', async () => {
    const state = join(home, 's')
    mkdirSync(join(state, 'models'), { recursive: true, mode: 0o700 })
    mkdirSync(join(home, 'files'))
    writeFileSync(join(home, 'files/a.txt'), 'hello\n')
    generateModel(join(state, 'models/toy.gguf'), { template: TEMPLATE })
    // Under a file system of nothing the project's folder is empty for this process and what it starts.
    const hidden = 'mount -t tmpfs none "$0" && exec "$@"'
    const words = ['up', '--port', '0', '--state', state, '--files', join(home, 'files')]
    up = spawn('unshare', ['-rm', 'sh', '-c', hidden, ROOT, luca(), ...words], { env, cwd: home })
    let said = ''
    for (const stream of [up.stdout, up.stderr])
      stream?.on('data', (chunk) => {
        said += chunk
      })
    await until('it is ready', () => /^ready /m.test(said) || up?.exitCode !== null)
    assert.match(said, /^ready /m)
    env.LLMBDO_STATE = state
    assert.equal(run('cat', '/a.txt').stdout, 'hello\n')
    assert.match(run('call', 'time_get_current_time', '{"timezone": "UTC"}').stdout, /UTC/)
    const answer = run('llm', '-m', 'toy', 'say something', '{"max_tokens": 4}')
    assert.equal(answer.status, 0, answer.stderr)
    const { checks } = JSON.parse(run('doctor', '--json').stdout)
    assert.deepEqual(
      checks.filter(({ level }: { level: string }) => level === 'fail'),
      [],
    )
  })

  test('is not removed while it runs', async () => {
    const { status, stderr } = run('uninstall', '--yes')
    assert.equal(status, 5)
    assert.match(stderr, /It is still running, as process .*luca\.mjs up/)
    up?.kill('SIGTERM')
    await once(up as ChildProcess, 'exit')
    assert.ok(existsSync(luca()))
  })

  test('starts with the login, by a unit that the service manager can read', () => {
    assert.equal(realpathSync(wanted()), unit())
    const runtime = join(home, 'run')
    mkdirSync(runtime, { mode: 0o700 })
    const verified = spawnSync('systemd-analyze', ['--user', 'verify', '--man=no', unit()], {
      env: { ...env, XDG_RUNTIME_DIR: runtime },
      encoding: 'utf8',
    })
    assert.deepEqual([verified.status, verified.stderr], [0, ''])
  })
})

describe('what is put into place', () => {
  beforeEach(() => {
    delete env.LLMBDO_STATE
    rmSync(prefix, { recursive: true, force: true })
    rmSync(join(home, '.config'), { recursive: true, force: true })
  })

  test('goes again, and nothing else does: what was there before is as it was', () => {
    mkdirSync(join(prefix, 'share/man/man1'), { recursive: true })
    writeFileSync(join(prefix, 'share/man/man1/other.1'), 'another page')
    mkdirSync(join(home, '.config/systemd/user'), { recursive: true })
    const before = everything(home)
    assert.equal(install().status, 0)
    mkdirSync(join(home, '.local/state/llmbasedos'), { recursive: true })
    const { status, stdout, stderr } = run('uninstall', '--yes')
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^removed luca from .*\nkept .*\.local\/state\/llmbasedos\n$/)
    rmSync(join(home, '.local'), { recursive: true })
    assert.deepEqual(everything(home), before)
  })

  test('is asked about first', () => {
    assert.equal(install().status, 0)
    const { status, stderr } = run('uninstall')
    assert.deepEqual([status, /confirm with --yes/.test(stderr)], [4, true])
    assert.ok(existsSync(luca()))
  })

  test('is left where it was changed, or added to it, and that is said', () => {
    assert.equal(install().status, 0)
    writeFileSync(unit(), '# mine')
    const mine = join(prefix, 'lib/llmbasedos/mine.txt')
    writeFileSync(mine, 'kept')
    const { stdout } = run('uninstall', '--yes')
    for (const path of [unit(), mine]) {
      assert.ok(existsSync(path))
      assert.ok(stdout.includes(`left ${path}`))
    }
    assert.ok(!existsSync(luca()))
  })

  test('never takes the place of what others put there', () => {
    mkdirSync(join(prefix, 'bin'), { recursive: true })
    writeFileSync(luca(), 'another program')
    const before = everything(prefix)
    const { status, stderr } = install()
    assert.deepEqual(
      [status, /bin\/luca is there, and is not what "make install" has put there/.test(stderr)],
      [1, true],
    )
    assert.deepEqual(everything(prefix), before)
  })

  test('is replaced as a whole by the next installation, which does not bring back what was disabled', () => {
    assert.equal(install().status, 0)
    const old = join(prefix, 'lib/llmbasedos/dist/luca-chunk-OLD.mjs')
    writeFileSync(old, '')
    writeFileSync(join(prefix, 'lib/.llmbasedos-broken'), 'what an interrupted one left')
    rmSync(wanted())
    assert.equal(install().status, 0)
    assert.ok(!existsSync(old))
    assert.equal(lstatSync(wanted(), { throwIfNoEntry: false }), undefined)
    assert.deepEqual(readdirSync(join(prefix, 'lib')), ['llmbasedos'])
    assert.equal(run('uninstall', '--yes').status, 0)
    assert.ok(!existsSync(prefix))
  })

  test('is described by luca alone where nothing was installed', () => {
    const { status, stderr } = spawnSync(join(ROOT, 'bin/luca'), ['uninstall', '--yes'], {
      env,
      encoding: 'utf8',
    })
    assert.deepEqual([status, /runs in the project's folder/.test(stderr)], [1, true])
  })
})
