/** The full-screen interface against the real appliance, as a person sees it on a terminal. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { LUCA, VirtualTerminal, type VirtualTerminalOptions } from './support/virtual-terminal.ts'

const ESC = '\x1b'
const UP = `${ESC}[A`
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told of colours with them
const COLOUR = /\x1b\[[\d;]*(?:3[0-7]|38;|4[0-7]|48;)[\d;]*m/
const CTRL = (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 96)
const SIZES = [
  [60, 20],
  [80, 24],
  [120, 40],
  [200, 60],
] as const

let a: Appliance
let state: string
before(async () => {
  a = await startAppliance()
  state = await mkdtemp(join(tmpdir(), 'luca-screen-'))
  mkdirSync(join(a.files, 'docs'))
  writeFileSync(join(a.files, 'docs/report.md'), '# Report\n\nAll **well**.\n')
  writeFileSync(join(a.files, 'code.ts'), 'const answer = 42 // note\n')
  writeFileSync(join(a.files, 'notes.txt'), 'one\ntwo\n')
})
after(async () => {
  await a?.stop()
  await rm(state, { recursive: true, force: true })
})

/** Runs with a terminal in which luca is connected, and closes it after. */
async function seeing(
  run: (terminal: VirtualTerminal) => Promise<void>,
  options: VirtualTerminalOptions & { anyway?: true } = {},
): Promise<void> {
  const terminal = new VirtualTerminal({
    ...options,
    env: { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket, LLMBDO_STATE: state, ...options.env },
  })
  try {
    if (!options.anyway) await terminal.shows(/●/)
    await run(terminal)
  } finally {
    await terminal.close()
  }
}

for (const [columns, rows] of SIZES)
  describe(`at ${columns}×${rows}`, () => {
    const at = (run: (terminal: VirtualTerminal) => Promise<void>) => seeing(run, { columns, rows })

    test('every room is reached, and fits', () =>
      at(async (terminal) => {
        const marks: readonly (readonly [string, RegExp])[] = [
          ['2', /▾ \/[\s\S]*▸ docs/],
          ['3', /All tools[\s\S]*read_text_file/],
          ['4', /gateway \d[\s\S]*fs +. (awake|asleep)/],
          ['5', /First steps[\s\S]*✓ The gateway runs/],
          ['1', /Ask something/],
        ]
        for (const [digit, mark] of marks) {
          terminal.type(`${ESC}${digit}`)
          await terminal.shows(mark)
          const lines = terminal.lines()
          assert.equal(lines.length, rows)
          assert.match(lines[0] as string, /^ luca {2}1 Chat/)
          assert.match(lines.at(-1) as string, /\^Q leave/)
        }
      }))

    test('the palette finds a tool, and its form calls it', () =>
      at(async (terminal) => {
        terminal.type(CTRL('p'))
        await terminal.shows(/Find anything/)
        terminal.type('current time')
        await terminal.shows(/tool +time_get_current_time/)
        terminal.type('\r')
        await terminal.shows(/Tells the date and time/)
        terminal.type('Asia/Tokyo\r')
        await terminal.shows(/✓ done in/)
        await terminal.shows(/Asia\/Tokyo/)
        terminal.type(ESC)
        await terminal.shows(/call it/)
      }))

    test('files are found by name and read', () =>
      at(async (terminal) => {
        terminal.type(`${ESC}2`)
        await terminal.shows(/▸ docs/)
        terminal.type('/repor')
        await terminal.shows(/1 found[\s\S]*\/docs\/report\.md/)
        terminal.type('\r')
        await terminal.shows(/▾ docs[\s\S]*report\.md/)
        await terminal.shows(/luca cat \/docs\/report\.md/)
        await terminal.settled()
        terminal.type('\r')
        await terminal.shows(/Report[\s\S]*All well\./)
        terminal.type(ESC)
        await terminal.shows(/▾ docs/)
      }))
  })

describe('files', () => {
  test('are made, moved, copied, put into the trash and brought back', () =>
    seeing(async (terminal) => {
      const has = (path: string) => existsSync(join(a.files, path))
      terminal.type(`${ESC}2`)
      await terminal.shows(/notes\.txt/)
      terminal.type('gn')
      await terminal.shows(/New file in \//)
      terminal.type('fresh.txt\r')
      await until('it is there', () => has('fresh.txt'))
      await terminal.shows(/made \/fresh\.txt/)
      terminal.type('N')
      await terminal.shows(/New folder in \//)
      terminal.type('attic\r')
      await terminal.shows(/▸ attic/)
      terminal.type('/fresh\r')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca cat \/fresh\.txt/)
      terminal.type('m')
      await terminal.shows(/Move or rename fresh\.txt/)
      terminal.type(`${CTRL('u')}/attic/old.txt\r`)
      await until('it has moved', () => has('attic/old.txt') && !has('fresh.txt'))
      writeFileSync(join(a.files, 'attic/old.txt'), 'kept')
      terminal.type('/old.txt')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca cat \/attic\/old\.txt/)
      terminal.type('c')
      await terminal.shows(/Copy old\.txt to/)
      terminal.type(`${CTRL('u')}copy.txt\r`)
      await until('it was copied', () => has('attic/copy.txt'))
      assert.equal(readFileSync(join(a.files, 'attic/copy.txt'), 'utf8'), 'kept')
      await terminal.settled()
      terminal.type('d')
      await until('it is gone', () => !has('attic/old.txt'))
      await terminal.shows(/in the trash; u brings it back/)
      terminal.type('u')
      await until('it is back', () => has('attic/old.txt'))
      await terminal.shows(/old\.txt is back/)
    }))

  test('are edited in the editor of the environment, and written back', async () => {
    const editor = join(state, 'editor.sh')
    writeFileSync(editor, '#!/bin/sh\necho EDITING; echo three >> "$1"\n')
    chmodSync(editor, 0o755)
    await seeing(
      async (terminal) => {
        terminal.type(`${ESC}2`)
        await terminal.shows(/notes\.txt/)
        terminal.type('/notes\r')
        await terminal.shows(/1 found/)
        terminal.type('\r')
        await terminal.shows(/luca cat \/notes\.txt/)
        terminal.type('e')
        await terminal.shows(/saved notes\.txt/)
        assert.equal(readFileSync(join(a.files, 'notes.txt'), 'utf8'), 'one\ntwo\nthree\n')
        assert.ok(terminal.isDrawnOn)
        await terminal.shows(/three/)
      },
      { columns: 100, env: { VISUAL: '', EDITOR: editor } },
    )
  })

  test('whose names steer terminals are shown as what they are, and are harmless', async () => {
    const name = `evil${ESC}]0;owned\x07${ESC}[2J\u202Etxt.exe\n`
    writeFileSync(join(a.files, name), `content ${ESC}[31mred${ESC}]52;c;AAAA\x07`)
    try {
      await seeing(async (terminal) => {
        terminal.type(`${ESC}2`)
        await terminal.shows(/evil/)
        terminal.type('/evil\r')
        await terminal.shows(/1 found/)
        terminal.type('\r')
        await terminal.settled()
        for (const sign of [`${ESC}]0;`, `${ESC}]52`, `${ESC}[31m`, Buffer.from('\u202E').toString('latin1')])
          assert.ok(!terminal.raw.includes(sign), JSON.stringify(sign))
        assert.match(terminal.lines()[0] as string, /^ luca/)
      })
    } finally {
      rmSync(join(a.files, name))
    }
  })
})

describe('the palette', () => {
  test('runs lines of luca, completes them, and remembers them', () =>
    seeing(async (terminal) => {
      terminal.type(`${CTRL('p')}ls /do\t`)
      await terminal.shows(/› ls \/docs\//)
      terminal.type('\r')
      await terminal.shows(/report\.md[\s\S]*done/)
      terminal.type(ESC)
      await terminal.settled()
      terminal.type(CTRL('p'))
      await terminal.shows(/Find anything/)
      terminal.type(UP)
      await terminal.shows(/› ls \/docs\//)
    }))

  test('finds files by their names', () =>
    seeing(async (terminal) => {
      terminal.type(`${CTRL('p')}report`)
      await terminal.shows(/file +\/docs\/report\.md/)
    }))

  test('runs in the background what takes long, and rings when it is done', () =>
    seeing(async (terminal) => {
      terminal.type(`${CTRL('p')}approve --watch\r`)
      await terminal.shows(/running …/)
      terminal.type(ESC)
      await terminal.shows((screen) => /1 job/.test(screen) && !/running …/.test(screen))
      assert.ok(!terminal.raw.includes('\x07\x07'))
      terminal.type(`${CTRL('p')}background jobs\r`)
      await terminal.shows(/… approve --watch/)
      terminal.type('\r')
      await terminal.shows(/luca approve --watch/)
      terminal.type(CTRL('c'))
      await terminal.shows(/failed/)
    }))

  test('does not show a secret that a line asks for', () =>
    seeing(async (terminal) => {
      terminal.type(`${CTRL('p')}secret set mail word\r`)
      await terminal.shows(/word for mail/)
      terminal.type('hunter22\r')
      await terminal.shows(/kept word for mail/)
      assert.ok(!terminal.raw.includes('hunter'))
    }))

  test('asks before a line destroys something', () =>
    seeing(async (terminal) => {
      writeFileSync(join(a.files, 'asked.txt'), '')
      terminal.type(`${CTRL('p')}rm /asked.txt\r`)
      await terminal.shows(/Go on\? \[y\/N\]/)
      terminal.type('y\r')
      await until('it is deleted', () => !existsSync(join(a.files, 'asked.txt')))
    }))
})

describe('tools', () => {
  test('a form says what is missing, and a schema of any depth is shown', () =>
    seeing(
      async (terminal) => {
        terminal.type(`${ESC}3/edit_file\r`)
        await terminal.shows(/fs_edit_file[\s\S]*edits list of object/)
        await terminal.shows(/oldText/)
        terminal.type('\r')
        await terminal.shows(/path \*/)
        terminal.type(`/notes.txt\tnot json${CTRL('s')}`)
        await terminal.shows(/"edits" must be JSON/)
      },
      { columns: 120, rows: 40 },
    ))

  test('a result is a tree that opens and closes', () =>
    seeing(async (terminal) => {
      terminal.type(`${ESC}3/time_convert\r\r`)
      await terminal.shows(/source_timezone \*/)
      terminal.type('Europe/Paris\r12:00\rAsia/Tokyo\r\r')
      await terminal.shows(/✓ done[\s\S]*▾ /)
      terminal.type('\r')
      await terminal.shows(/▸ \{/)
    }))

  test('what can destroy something is asked about', () =>
    seeing(async (terminal) => {
      writeFileSync(join(a.files, 'doomed.txt'), '')
      terminal.type(`${ESC}3/delete_file\r\r`)
      await terminal.shows(/path \*/)
      terminal.type(`/doomed.txt${CTRL('s')}`)
      await terminal.shows(/May this be done\?/)
      terminal.type('n')
      await terminal.shows(/✗ failed/)
      assert.ok(existsSync(join(a.files, 'doomed.txt')))
    }))
})

describe('the system room', () => {
  test('shows servers, addresses, models, users and the log, each with what is missing', () =>
    seeing(async (terminal) => {
      terminal.type(`${ESC}4`)
      await terminal.shows(/fs +. (awake|asleep) +16/)
      const right = `${ESC}[C`
      terminal.type(right)
      await terminal.shows(/Nothing waits for your consent/)
      terminal.type(right)
      await terminal.shows(/name +\S+[\s\S]*memory +█[\s\S]* of /)
      terminal.type(right)
      await terminal.shows(/licence +OWNER/)
      terminal.type(right)
      await terminal.shows(/root helper/)
      terminal.type(right)
      await terminal.shows(/journalctl|Under "luca up"|llmbasedos/)
    }))

  test('allows a call that waits', () =>
    seeing(async (terminal) => {
      writeFileSync(join(a.files, 'waits.txt'), '')
      const call = fetch(a.url, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${a.token}`,
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
          'MCP-Protocol-Version': '2026-07-28',
          'Mcp-Method': 'tools/call',
          'Mcp-Name': 'fs_delete_file',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: {
            name: 'fs_delete_file',
            arguments: { path: '/waits.txt' },
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        }),
      })
      terminal.type(`${ESC}4${ESC}[C`)
      await terminal.shows(/fs_delete_file/)
      terminal.type('y')
      await terminal.shows(/Allow fs_delete_file\?/)
      terminal.type('y')
      await until('it is deleted', () => !existsSync(join(a.files, 'waits.txt')))
      assert.equal((await call).status, 200)
    }))
})

test('setup makes a token, which is shown once', () =>
  seeing(async (terminal) => {
    terminal.type(`${ESC}5`)
    await terminal.shows(/First steps/)
    terminal.type('j\r')
    await terminal.shows(/Which client is the token for\?/)
    terminal.type('phone\r')
    await terminal.shows(/lb_[\w-]{20}/)
    terminal.type(ESC)
    await terminal.shows((screen) => !/lb_/.test(screen))
    assert.match((await a.luca(['token', 'list'])).stdout, /phone/)
  }))

describe('the mouse', () => {
  test('chooses rooms, and is given back by a key', () =>
    seeing(async (terminal) => {
      assert.ok(terminal.raw.includes('\x1b[?1000h'))
      terminal.type(`${ESC}[<0;18;1M`)
      await terminal.shows(/▸ docs/)
      terminal.type(`${ESC}m`)
      await terminal.shows(/The mouse is the terminal’s/)
      assert.ok(terminal.raw.includes('\x1b[?1000l'))
      terminal.type(`${ESC}m`)
      await terminal.shows(/The mouse works here/)
    }))
})

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

  test('a window that is too small is told so, and works again once it is larger', () =>
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
        symlinkSync(a.socket, link)
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

  test('the terminal is as before after a crash, whose reason is told', async () => {
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
})
