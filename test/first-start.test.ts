/** What a person sees of `luca up` at a terminal, and what is in its log. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readQrCode } from '../src/command/testing/read-qr-code.ts'
import { ROOT, startAppliance, until } from './support/appliance.ts'
import { VirtualTerminal, type VirtualTerminalOptions } from './support/virtual-terminal.ts'

/** Starts `luca up` at a terminal in a home of its own, and ends it with Ctrl-C. */
async function starting(
  body: (terminal: VirtualTerminal, home: string) => Promise<void>,
  { args = [], env = {}, ...options }: VirtualTerminalOptions = {},
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'up-'))
  const own = { HOME: home, XDG_STATE_HOME: undefined, LLMBDO_STATE: undefined }
  const terminal = new VirtualTerminal({
    ...options,
    args: ['up', '--port', '0', ...args],
    env: { ...own, ...env } as NodeJS.ProcessEnv as Record<string, string>,
  })
  try {
    await terminal.shows(/^ready http/m)
    await body(terminal, home)
    terminal.type('\x03')
    assert.equal((await terminal.pty.exited).code, 0)
  } finally {
    await terminal.pty.close()
    rmSync(home, { recursive: true, force: true })
  }
}

const urlOn = (terminal: VirtualTerminal) => /^ready (\S+)$/m.exec(terminal.text())?.[1]

describe('luca up at a terminal', () => {
  test('ends with three lines, after what to do next and a QR code of the URL', () =>
    starting(async (terminal, home) => {
      const lines = terminal.lines().filter((line) => line !== '')
      assert.equal(lines.at(-3), `files  ${join(home, 'llmbasedos-files')}`)
      assert.match(lines.at(-2) ?? '', /^token {2}lb_\S+$/)
      assert.equal(lines.at(-1), `ready ${urlOn(terminal)}`)
      assert.match(
        terminal.text(),
        /Next, in another window[\s\S]*luca connect[\s\S]*luca log --follow[\s\S]*Ctrl-C/,
      )
      const code = lines
        .map((line) => /^[█▀▄ ]{20,}/.exec(line)?.[0].slice(0, 29) ?? '')
        .filter((line) => line)
      assert.equal(readQrCode(code), urlOn(terminal))
    }))

  test('makes a folder of files and says so, and shows no line of a log', () =>
    starting(async (terminal, home) => {
      assert.ok(existsSync(join(home, 'llmbasedos-files')))
      assert.match(terminal.raw, /made \S+llmbasedos-files/)
      assert.doesNotMatch(terminal.raw, /"level"|\{"/)
    }))

  test('what is beside the code comes below it in a narrow window, and there is none where it has no room', async () => {
    await starting(
      async (terminal) => assert.match(terminal.text(), /▀\n\n[\s\S]*Next, in another window[\s\S]*^ready /m),
      { columns: 60, rows: 40 },
    )
    await starting(async (terminal) => assert.doesNotMatch(terminal.text(), /█/), { env: { TERM: 'dumb' } })
  })

  test('shows a warning as it comes, readable', () =>
    starting(
      async (terminal) => {
        const answer = await fetch(urlOn(terminal) as string, { method: 'POST', body: '{}' })
        assert.equal(answer.status, 401)
        await terminal.shows(/^\d{4}-\d\d-\d\d [\d:]{8} warn {2}gateway {4}\S/m)
      },
      { rows: 40 },
    ))
})

test('folders may have colons in their names, and the state is hidden where it lies among the files', async () => {
  const base = mkdtempSync(join(tmpdir(), 'up-'))
  const files = join(base, 'f:g')
  try {
    mkdirSync(files)
    writeFileSync(join(files, 'a.txt'), '')
    await using appliance = await startAppliance({ files, state: join(files, 's:t') })
    assert.match((await appliance.luca(['ls'])).stdout, /NAME\n.* a\.txt\n$/)
    assert.deepEqual(readdirSync(files).sort(), ['a.txt', 's:t'])
    assert.equal((await appliance.luca(['token', 'list', '--json'])).code, 0)
  } finally {
    rmSync(base, { recursive: true })
  }
})

/** A uid of which the list of users knows nothing, as in many containers. */
const NAMELESS = ['unshare', '--user', '--map-user=12345']

describe('for a uid that has no name', () => {
  test('luca up starts, and its files are there', async () => {
    await using appliance = await startAppliance({ through: NAMELESS })
    writeFileSync(join(appliance.files, 'a.txt'), 'hello')
    assert.equal((await appliance.luca(['cat', '/a.txt'])).stdout, 'hello')
  })

  test('and no home, luca says what to set where it needs one, and nowhere else', () => {
    const luca = (...words: string[]) => {
      const [command = '', ...args] = [...NAMELESS, 'env', '--unset=HOME', join(ROOT, 'bin/luca'), ...words]
      const env = { ...process.env, LLMBDO_STATE: '', XDG_STATE_HOME: '' }
      return spawnSync(command, args, { env, encoding: 'utf8' })
    }
    assert.match(luca('version').stdout, /^luca \d/)
    for (const words of [['up'], ['ls']]) {
      const { status, stderr } = luca(...words)
      assert.deepEqual(
        [status, stderr],
        [2, 'luca: You have no home on this machine; set HOME to a folder that you may write to.\n'],
      )
    }
  })
})

describe('the log of luca up', () => {
  test('has every line, and luca log shows it; stderr has none of the usual ones', async () => {
    await using appliance = await startAppliance()
    await appliance.luca(['call', 'time_get_current_time', '{"timezone": "Asia/Tokyo"}'])
    const path = join(appliance.state, 'log/appliance.log')
    await until('the call is in the log', () =>
      readFileSync(path, 'utf8').includes('"time_get_current_time"'),
    )
    assert.equal(appliance.stderr(), '')
    assert.ok(!readFileSync(path, 'utf8').includes(appliance.token))

    const shown = await appliance.luca(['log', '--server', 'time'])
    assert.match(shown.stdout, /^\S+ \S+ info {2}gateway {4}call .*tool=time_get_current_time/m)
    assert.doesNotMatch(shown.stdout, /There is no licence file/)

    const { records } = JSON.parse((await appliance.luca(['log', '--json', '-n', '1'])).stdout)
    assert.equal(records.length, 1)
    assert.deepEqual(Object.keys(records[0]), ['time', 'level', 'unit', 'message', 'fields'])

    const warnings = await appliance.luca(['log', '--level', 'warn'])
    assert.deepEqual([warnings.code, warnings.stdout], [0, ''])
  })

  test('goes on with --follow until Ctrl-C, which is an end like any other for its reader', async () => {
    await using appliance = await startAppliance()
    const terminal = new VirtualTerminal({
      args: ['log', '-f', '-n', '0', '--server', 'fs'],
      env: { LLMBDO_STATE: appliance.state },
    })
    try {
      // Until it follows, calls may go by.
      await until('a call is shown', async () => {
        await appliance.luca(['ls', '/'])
        return /tool=fs_|mcp\.fs\.list/.test(terminal.text())
      })
      assert.doesNotMatch(terminal.text(), /licence/)
      terminal.type('\x03')
      assert.equal((await terminal.pty.exited).code, 130)
    } finally {
      await terminal.pty.close()
    }
  })

  test('says what to do where there is none, and where the command line is not right', async () => {
    await using appliance = await startAppliance()
    const nowhere = await appliance.luca(['log', '--state', '/nowhere'])
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /no log in \/nowhere\/log yet; "luca up"/)
    for (const words of [
      ['-n', 'many'],
      ['--level', 'loud'],
    ]) {
      const { code, stderr } = await appliance.luca(['log', ...words])
      assert.equal(code, 2)
      assert.match(stderr, /"many" is not a number|"loud" is not a level; --level takes trace, debug/)
    }
  })
})
