/** A new server is a folder and its units: the smallest one, copied to another name, is all that there is to do. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { ROOT } from './support/appliance.ts'

/** What compares the tree with what it says of itself. */
const COMPARING = [
  'test/architecture.test.ts',
  'docs/*.test.ts',
  'scripts/generate.test.ts',
  'src/up/units/repository.test.ts',
]

const run = promisify(execFile)
const copy = mkdtempSync(join(tmpdir(), 'new-server-'))
const git = async (...args: string[]): Promise<string> => {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']
  return (await run('git', [...identity, ...args], { cwd: copy, maxBuffer: 16 * 1024 * 1024 })).stdout
}
const node = (...args: string[]) =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: copy,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    maxBuffer: 16 * 1024 * 1024,
  })

before(async () => {
  const { stdout } = await run('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
  })
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    mkdirSync(join(copy, dirname(file)), { recursive: true })
    cpSync(join(ROOT, file), join(copy, file), { verbatimSymlinks: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'before')
  const sources = globSync(['src/servers/time/*', 'systemd/mcp-time@*', 'systemd/mcp-time@*/*'], {
    cwd: copy,
    withFileTypes: true,
  })
  for (const source of sources.filter((entry) => entry.isFile())) {
    const from = join(source.parentPath, source.name)
    const to = from.replace('/servers/time/', '/servers/clock/').replace('mcp-time@', 'mcp-clock@')
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, renamed(readFileSync(from, 'utf8')))
  }
})
after(() => rmSync(copy, { recursive: true, force: true }))

const renamed = (text: string) =>
  text
    .replaceAll("name: 'time'", "name: 'clock'")
    .replaceAll('/time', '/clock')
    .replaceAll('server time of', 'server clock of')

test('the copy of a server touches no file that was there, but for the page that is made of all servers', async () => {
  await node('scripts/generate.ts')
  const changed = (await git('status', '--porcelain', '--untracked-files=all')).trimEnd().split('\n')
  const others = changed.filter((line) => !/^\?\? (?:src\/servers\/clock\/|systemd\/mcp-clock@)/.test(line))
  assert.deepEqual(others, [' M docs/tools.md'])
})

test('everything that compares the tree with what it says of itself agrees with it', async () => {
  const { stdout } = await node('--test', '--test-reporter=tap', ...COMPARING)
  assert.match(stdout, /^# fail 0$/m)
})

test('it is built, started when it is called, and answers', async () => {
  await node('scripts/build.ts')
  const script = `
    const { startAppliance } = await import(${JSON.stringify(join(copy, 'test/support/appliance.ts'))})
    const appliance = await startAppliance()
    const { stdout } = await appliance.luca(['call', 'clock_get_current_time', '{"timezone":"Asia/Tokyo"}', '--json'])
    console.log(stdout)
    await appliance.stop()`
  const { stdout } = await node('--input-type=module', '--eval', script)
  assert.match(stdout, /"timezone": ?"Asia\/Tokyo"/)
})
