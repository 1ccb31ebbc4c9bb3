/** How the full-screen interface looks on terminals of many kinds, and what it survives. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { until } from './support/appliance.ts'
import { CTRL, ESC, stage } from './support/luca-terminal.ts'
import { LUCA, type VirtualTerminal, type VirtualTerminalOptions } from './support/virtual-terminal.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they set the colours of terminals
const COLOUR = /\x1b\[[\d;]*(?:3[0-7]|38;|4[0-7]|48;)[\d;]*m/
const here = stage()
const { seeing, state } = here

describe('looks', () => {
  test('NO_COLOR means none, and a selection is still seen', () =>
    seeing(
      async (terminal) => {
        terminal.type(`${ESC}2`)
        await terminal.shows(/▸ docs/)
        await terminal.settled()
        assert.doesNotMatch(terminal.raw, COLOUR)
        assert.ok(terminal.raw.includes('\x1b[0;7'))
      },
      { env: { NO_COLOR: '1' } },
    ))

  for (const TERM of ['linux', 'xterm-256color', 'screen', 'tmux-256color', 'foot', 'vt220'])
    test(`works as ${TERM}`, () =>
      seeing(
        async (terminal) => {
          terminal.type(`${ESC}2`)
          await terminal.shows(/▸ docs/)
          terminal.type(`/report${ESC}[B`)
          await terminal.shows(/\/docs\/report\.md/)
          // Older terminals would show what they do not know.
          if (TERM === 'linux' || TERM === 'vt220')
            assert.doesNotMatch(terminal.raw, /\?1049|\?2004|\?2026|\?1006|\]11/)
          if (TERM === 'vt220') assert.doesNotMatch(terminal.raw, COLOUR)
        },
        { env: { TERM } },
      ))

  test('without UTF-8 all is ASCII', () =>
    seeing(
      async (terminal) => {
        await terminal.shows(/\* connected/)
        terminal.type(`${ESC}2`)
        await terminal.shows(/> docs/)
        assert.doesNotMatch(terminal.raw, /[\x80-\xff]/)
      },
      { env: { LANG: 'C', LC_ALL: 'C' }, anyway: true },
    ))

  test('a terminal that can show only lines gets the line mode', () =>
    seeing(async (terminal) => void (await terminal.shows(/luca>/)), { env: { TERM: 'dumb' }, anyway: true }))

  test('a window that is too small says so, and works again once it is larger', () =>
    seeing(
      async (terminal) => {
        await terminal.shows(/needs 60 × 20/)
        terminal.resize(80, 24)
        await terminal.shows(/Ask something/)
      },
      { columns: 40, rows: 10, anyway: true },
    ))
})

describe('it holds out', () => {
  test('a storm of resizes ends in a picture of the last size', () =>
    seeing(async (terminal) => {
      for (let i = 0; i < 60; i++) terminal.resize(60 + (i % 50), 20 + (i % 20))
      terminal.resize(90, 30)
      await terminal.shows(
        (screen) => screen.split('\n').length === 30 && /^ luca .*connected\n[\s\S]*\^Q leave$/.test(screen),
      )
    }))

  test('without a gateway it says what to do, and goes on by itself once there is one', async () => {
    const link = join(state, 'late.sock')
    await seeing(
      async (terminal) => {
        await terminal.shows(/The gateway does not answer[\s\S]*luca up/)
        symlinkSync(here.appliance.socket, link)
        await terminal.shows(/● connected/)
        await terminal.shows(/Ask something/)
      },
      { env: { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: link }, anyway: true },
    )
  })

  const inShell = (line: string): VirtualTerminalOptions => ({
    command: 'bash',
    args: ['-c', `stty -a > ${state}/before; ${line}; echo "code $?"; stty -a > ${state}/after`],
  })
  const isRestored = async (terminal: VirtualTerminal, code: RegExp) => {
    await terminal.shows(code)
    await terminal.pty.exited
    assert.ok(!terminal.isDrawnOn)
    assert.equal(readFileSync(`${state}/after`, 'utf8'), readFileSync(`${state}/before`, 'utf8'))
    assert.ok(terminal.raw.lastIndexOf('\x1b[?25h') > terminal.raw.lastIndexOf('\x1b[?25l'))
    assert.ok(terminal.raw.lastIndexOf('\x1b[?1000l') > terminal.raw.lastIndexOf('\x1b[?1000h'))
    assert.ok(terminal.raw.lastIndexOf('\x1b[?2004l') > terminal.raw.lastIndexOf('\x1b[?2004h'))
  }

  test('the terminal is as before after Ctrl-Q, and after Ctrl-C twice', async () => {
    for (const keys of [[CTRL('q')], [CTRL('c'), CTRL('c')]])
      await seeing(async (terminal) => {
        for (const key of keys) {
          await terminal.settled()
          terminal.type(key)
        }
        await isRestored(terminal, /code 0/)
      }, inShell(LUCA))
  })

  test('the terminal is as before after a crash, whose reason is shown', async () => {
    const crash = join(state, 'crash.mjs')
    writeFileSync(crash, `process.on('SIGUSR2', () => { throw new Error('A test broke it.') })\n`)
    await seeing(
      async (terminal) => {
        const { pid } = terminal.pty.child
        const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
        process.kill(Number(children[0]), 'SIGUSR2')
        await isRestored(terminal, /A test broke it\.[\s\S]*code 1/)
      },
      { ...inShell(LUCA), env: { NODE_OPTIONS: `--import ${crash}` } },
    )
  })

  test('the terminal is as before after SIGTERM', () =>
    seeing(async (terminal) => {
      const { pid } = terminal.pty.child
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
      process.kill(Number(children[0]), 'SIGTERM')
      await isRestored(terminal, /code 0/)
    }, inShell(LUCA)))

  test('a terminal that disappears ends it', () =>
    seeing(async (terminal) => {
      terminal.pty.hangUp()
      await terminal.pty.exited
    }))

  test('Ctrl-Z gives the shell the terminal, and fg brings it back', () =>
    seeing(
      async (terminal) => {
        terminal.type(`${LUCA}\n`)
        await terminal.shows(/● connected/)
        terminal.type(CTRL('z'))
        await terminal.shows(/Stopped/)
        assert.ok(!terminal.isDrawnOn)
        terminal.type('fg\n')
        await terminal.shows(/● connected[\s\S]*Ask something/)
      },
      { command: 'bash', args: ['--norc', '-i'], anyway: true },
    ))

  test('Ctrl-Z stops what luca was started by too, so that the shell is shown', () =>
    seeing(
      async (terminal) => {
        terminal.type(`sh -c '${LUCA}; true'\n`)
        await terminal.shows(/● connected/)
        terminal.type(CTRL('z'))
        await terminal.shows(/Stopped/)
        terminal.type('fg\n')
        await terminal.shows(/● connected[\s\S]*Ask something/)
      },
      { command: 'bash', args: ['--norc', '-i'], anyway: true },
    ))

  const WITHOUT_SHELL = {
    'a window or SSH starts it': {},
    'a command line without job control does': { command: 'sh', args: ['-c', `${LUCA}; true`] },
  }
  for (const [how, options] of Object.entries(WITHOUT_SHELL))
    test(`Ctrl-Z leaves the screen as it is, and says why, where ${how}`, () =>
      seeing(async (terminal) => {
        terminal.type(CTRL('z'))
        await terminal.shows([/● connected/, /Ask something/, /No shell started luca here/])
        assert.ok(terminal.isDrawnOn)
        terminal.type(`${ESC}2`)
        await terminal.shows(/▸ docs/)
      }, options))

  test('a shell that ends while luca is stopped takes it with it', () =>
    seeing(
      async (terminal) => {
        const { pid } = terminal.pty.child
        const luca = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
        terminal.type(CTRL('z'))
        await until('it has ended', () => !existsSync(`/proc/${luca}`))
      },
      { command: 'bash', args: ['--norc', '-c', `set -m; ${LUCA}; true`] },
    ))
})
