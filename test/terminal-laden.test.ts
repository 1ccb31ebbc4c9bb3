/** The full-screen interface with as much in it as people have, at every size, as they see it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { Appliance } from './support/appliance.ts'
import { atEverySize, type Flow } from './support/flows.ts'
import { LAST_FILE, MANY, startLadenAppliance } from './support/laden-appliance.ts'
import { ESC } from './support/luca-terminal.ts'
import { VirtualTerminal } from './support/virtual-terminal.ts'

let appliance: Appliance
const state = mkdtempSync(join(tmpdir(), 'luca-laden-'))
before(async () => {
  appliance = await startLadenAppliance()
})
after(async () => {
  await appliance?.stop()
  rmSync(state, { recursive: true, force: true })
})

const FLOWS: readonly Flow[] = [
  {
    name: 'a folder with 20 000 files is gone through from end to end',
    async run(terminal) {
      terminal.type(`${ESC}2`)
      await terminal.shows(new RegExp(`▸ ${MANY}`))
      terminal.type('gjj')
      await terminal.shows(new RegExp(`luca ls /${MANY}`))
      terminal.type('\r')
      await terminal.shows(new RegExp(`▾ ${MANY}[\\s\\S]*document-0\\.txt`))
      terminal.type('G')
      await terminal.shows(/family\.md/)
      terminal.type('kkkkkkk')
      await terminal.shows(new RegExp(`luca cat /${MANY}/${LAST_FILE}`))
      terminal.type('g')
      await terminal.shows(/▾ \/[\s\S]*document-0\.txt/)
      terminal.type('jj\r')
      await terminal.shows(new RegExp(`▸ ${MANY}`))
    },
  },
]

atEverySize(FLOWS, async (run, { columns, rows }) => {
  const env = { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: appliance.socket, LLMBDO_STATE: state }
  const terminal = new VirtualTerminal({ columns, rows, env })
  try {
    await terminal.shows(/●/)
    await run(terminal)
    assert.doesNotMatch(terminal.text(), /undefined|NaN|\[object/)
  } finally {
    await terminal.close()
  }
})
