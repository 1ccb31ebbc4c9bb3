/** Every question of the full-screen interface shows what it is about, however much that is, and at every size. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stick } from '../src/admin/testing/blocks.ts'
import { type Served, served } from '../src/admin/testing/client.ts'
import { makeOwner } from '../src/admin/users.ts'
import { CTRL, chatting, ESC, SIZES, stage } from './support/luca-terminal.ts'

const PAGE_UP = `${ESC}[5~`
const PAGE_DOWN = `${ESC}[6~`
const here = stage()

describe('luca disk prepare', () => {
  const photos = (parts: number) => Array.from({ length: parts }, (_, i) => `PHOTOS-${i + 1}`)
  let helper: Served
  before(async () => {
    helper = await served()
    await makeOwner(helper.machine)
    helper.machine.answers.set('lsblk', () =>
      JSON.stringify({ blockdevices: [stick('/dev/vdb', photos(3)), stick('/dev/vdc', photos(100))] }),
    )
  })
  after(() => helper?.[Symbol.asyncDispose]())

  for (const [columns, rows] of SIZES)
    test(`shows what is lost above its question at ${columns}×${rows}`, () =>
      here.seeing(
        async (terminal) => {
          terminal.type(`${CTRL('p')}disk prepare /dev/vdb\r`)
          await terminal.shows([
            /─ luca disk prepare \/dev\/vdb ─/,
            /Stick, 8\.0 GiB\. This is lost:[\s\S]*PHOTOS-1[\s\S]*PHOTOS-3[\s\S]*Type \/dev\/vdb to delete it all:/,
          ])
          terminal.type(`no\r`)
          await terminal.shows(/Nothing was changed/)
          terminal.type(ESC)
          await terminal.shows((screen) => !/Nothing was changed/.test(screen))
          terminal.type(`${CTRL('p')}disk prepare /dev/vdc\r`)
          const screen = await terminal.shows([/… and \d+ lines above: PgUp/, /PHOTOS-100/, /delete it all/])
          assert.doesNotMatch(screen, /This is lost/)
          for (let i = 0; i < 20; i++) terminal.type(PAGE_UP)
          await terminal.shows([/This is lost:/, /PHOTOS-1"/, /… and \d+ more lines of it: PgDn/])
          terminal.type(`/dev/vdb\r`)
          await terminal.shows(/Nothing was changed/)
        },
        { columns, rows, env: { LLMBDO_ADMIN_SOCKET: join(helper.machine.folder, 'admin.sock') } },
      ))
})

for (const [columns, rows] of SIZES)
  test(`a question of 200 lines is gone through before it is answered at ${columns}×${rows}`, () =>
    chatting(
      {
        answer: () => ({}),
        tools: [{ name: 'fs_shred', description: 'Shreds.', inputSchema: {} }],
        asks: new Set(['fs_shred']),
        question: Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n'),
      },
      async ({ open }) => {
        const terminal = await open({ columns, rows })
        terminal.type(`${ESC}3`)
        await terminal.shows(/shred/)
        terminal.type(`\r${CTRL('s')}`)
        await terminal.shows([/line 0\b/, /… and \d+ more lines of it: PgDn/, /y allow it {3}n deny it/])
        for (let i = 0; i < 30; i++) terminal.type(PAGE_DOWN)
        await terminal.shows([/line 199\b/, /… and \d+ lines above: PgUp/, /y allow it {3}n deny it/])
        terminal.type('y')
        await terminal.shows(/✓ done/)
      },
    ))
