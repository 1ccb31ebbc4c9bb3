/** The views of the full-screen interface against the real appliance, as a person sees them. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { until } from './support/appliance.ts'
import { CTRL, ESC, stage } from './support/luca-terminal.ts'

const UP = `${ESC}[A`
const here = stage()
const { seeing, state } = here

describe('files', () => {
  test('are made, moved, copied, put into the trash and brought back', () =>
    seeing(async (terminal) => {
      const has = (path: string) => existsSync(join(here.appliance.files, path))
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
      writeFileSync(join(here.appliance.files, 'attic/old.txt'), 'kept')
      terminal.type('/old.txt')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca cat \/attic\/old\.txt/)
      terminal.type('c')
      await terminal.shows(/Copy old\.txt to/)
      terminal.type(`${CTRL('u')}copy.txt\r`)
      await until('it was copied', () => has('attic/copy.txt'))
      assert.equal(readFileSync(join(here.appliance.files, 'attic/copy.txt'), 'utf8'), 'kept')
      await terminal.shows(/copied to \/attic\/copy\.txt/)
      terminal.type('d')
      await until('it is gone', () => !has('attic/old.txt'))
      await terminal.shows(/in the trash; u restores it/)
      terminal.type('u')
      await until('it is back', () => has('attic/old.txt'))
      await terminal.shows(/old\.txt is back/)
    }))

  test('a copy of a folder ends where links lead round in it, and says what it left out', () =>
    seeing(async (terminal) => {
      const { files } = here.appliance
      mkdirSync(join(files, 'round/inner'), { recursive: true })
      mkdirSync(join(files, 'roundabout'))
      writeFileSync(join(files, 'round/a.txt'), 'a')
      writeFileSync(join(files, 'round/inner/b.txt'), 'b')
      symlinkSync('..', join(files, 'round/inner/up'))
      symlinkSync('nowhere', join(files, 'round/gone'))
      symlinkSync('a.txt', join(files, 'round/same.txt'))
      symlinkSync('../round/inner', join(files, 'roundabout/in'))
      const copied = (to: string) => readdirSync(join(files, to), { recursive: true }).sort()
      terminal.type(`${ESC}2`)
      await terminal.shows(/▸ round\b/)
      for (const [to, words] of [
        ['/copy', /copied to \/copy, without/],
        ['/roundabout/in/copy', /copied to \/roundabout\/in\/copy, without/],
      ] as const) {
        terminal.type('/round\r')
        await terminal.shows(/\d found/)
        terminal.type('\r')
        await terminal.shows(/│ \/round\s/)
        terminal.type('c')
        await terminal.shows(/Copy round to/)
        terminal.type(`${CTRL('u')}${to}\r`)
        await terminal.shows([words, /1\s+more:\s+links\s+to\s+folders/])
        assert.deepEqual(copied(to), ['a.txt', 'inner', 'inner/b.txt', 'same.txt'])
      }
      assert.equal(readFileSync(join(files, 'copy/same.txt'), 'utf8'), 'a')
      for (const name of ['round', 'roundabout', 'copy'])
        rmSync(join(files, name), { recursive: true, force: true })
    }))

  test('go to the trash and are restored under their own names, whatever those are', () =>
    seeing(async (terminal) => {
      const has = (name: string) => existsSync(join(here.appliance.files, name))
      const own = 'two\nlines.txt'
      writeFileSync(join(here.appliance.files, own), 'kept')
      terminal.type(`${ESC}2`)
      await terminal.shows(/two\\x0alines\.txt/)
      terminal.type('/lines.txt')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca cat .*two/)
      terminal.type('d')
      await until('it is gone', () => !has(own))
      await terminal.shows(/in the trash; u restores it/)
      terminal.type('u')
      await until('it is back', () => has(own))
      assert.equal(readFileSync(join(here.appliance.files, own), 'utf8'), 'kept')
    }))

  test('are deleted for good only in the trash, by a y; Enter and Esc are no yes', () =>
    seeing(async (terminal) => {
      const trash = join(here.appliance.files, '.trash')
      const doomed = join(trash, 'for-good.txt')
      mkdirSync(trash, { recursive: true })
      writeFileSync(doomed, '')
      terminal.type(`${ESC}2`)
      await terminal.shows(/\.trash/)
      terminal.type('g')
      await terminal.shows(/luca ls \/$/m)
      terminal.type(`${ESC}[B`)
      await terminal.shows(/luca ls \/\.trash/)
      terminal.type('\r')
      await terminal.shows(/for-good\.txt/)
      // What is in the trash is found from there.
      terminal.type('/for-good')
      await terminal.shows(/1 found/)
      terminal.type('\r')
      await terminal.shows(/luca cat \/\.trash\/for-good\.txt/)
      terminal.type('d')
      await terminal.shows(/May this be done\?/)
      terminal.type('\r\r ')
      await terminal.shows(/y allows it, n denies it/)
      assert.ok(existsSync(doomed))
      terminal.type(ESC)
      await terminal.shows((screen) => !/May this be done\?/.test(screen))
      assert.ok(existsSync(doomed))
      terminal.type('d')
      await terminal.shows(/May this be done\?/)
      terminal.type('y')
      await terminal.shows(/deleted for-good\.txt for good/)
      assert.ok(!existsSync(doomed))
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
        assert.equal(readFileSync(join(here.appliance.files, 'notes.txt'), 'utf8'), 'one\ntwo\nthree\n')
        assert.ok(terminal.isDrawnOn)
        await terminal.shows(/three/)
      },
      { columns: 100, env: { VISUAL: '', EDITOR: editor } },
    )
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
      await terminal.shows((screen) => !/done/.test(screen))
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
      await terminal.shows(/\^C end it.*Esc leave it running/)
      terminal.type(CTRL('c'))
      await terminal.shows(
        (screen) =>
          /failed/.test(screen) &&
          /↑↓ scroll {2}Esc back/.test(screen) &&
          !/end it|leave it running/.test(screen),
      )
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
      writeFileSync(join(here.appliance.files, 'asked.txt'), '')
      terminal.type(`${CTRL('p')}rm /asked.txt\r`)
      await terminal.shows(/Go on\? \[y\/N\]/)
      terminal.type('y\r')
      await until('it is deleted', () => !existsSync(join(here.appliance.files, 'asked.txt')))
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
      await terminal.shows(/source_timezone \* ›/)
      terminal.type('Europe/Paris\r12:00\rAsia/Tokyo\r\r')
      await terminal.shows(/✓ done[\s\S]*▾ /)
      terminal.type('\r')
      await terminal.shows(/▸ \{/)
    }))

  test('what can destroy something is asked about', () =>
    seeing(async (terminal) => {
      writeFileSync(join(here.appliance.files, 'doomed.txt'), '')
      terminal.type(`${ESC}3/delete_file\r\r`)
      await terminal.shows(/path \*/)
      terminal.type(`/doomed.txt${CTRL('s')}`)
      await terminal.shows(/May this be done\?/)
      terminal.type('n')
      await terminal.shows(/✗ failed/)
      assert.ok(existsSync(join(here.appliance.files, 'doomed.txt')))
    }))
})

describe('the system view', () => {
  test('shows servers, addresses, models, users and the log, each with what is missing', () =>
    seeing(async (terminal) => {
      terminal.type(`${ESC}4`)
      await terminal.shows(/fs +. (awake|asleep) +\d+/)
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
      await terminal.shows(/info {2}gateway +call/)
    }))

  test('says that the processors compute where a GPU is wanted', () => {
    mkdirSync(join(state, 'models'))
    writeFileSync(join(state, 'models/settings.json'), '{"gpu":"cuda"}')
    return seeing(async (terminal) => {
      terminal.type(`${ESC}4${ESC}[C${ESC}[C`)
      await terminal.shows(/gpu +A GPU is wanted by cuda/)
    }).finally(() => rmSync(join(state, 'models'), { recursive: true }))
  })

  test('allows a call that waits', () =>
    seeing(async (terminal) => {
      writeFileSync(join(here.appliance.files, 'waits.txt'), '')
      const call = () =>
        fetch(here.appliance.url, {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${here.appliance.token}`,
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
      await call()
      terminal.type(`${ESC}4${ESC}[C`)
      await terminal.shows(/fs_delete_file/)
      terminal.type('y')
      await terminal.shows(/Allow fs_delete_file\?/)
      terminal.type('y')
      await until('it is done when it is asked for again', async () => {
        await call()
        return !existsSync(join(here.appliance.files, 'waits.txt'))
      })
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
    assert.match((await here.appliance.luca(['token', 'list'])).stdout, /phone/)
  }))

describe('the mouse', () => {
  test('chooses views, and is given back by a key', () =>
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
