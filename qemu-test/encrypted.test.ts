/** A disk that is locked, and what opens it. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyDisk, folder } from './disks.ts'
import { Machine } from './machine.ts'

test('an encrypted disk is opened by the chip of the machine, and in another one by what is typed', async () => {
  const disk = emptyDisk('encrypted')
  const chip = join(folder, 'chip')
  mkdirSync(chip)
  let machine = await Machine.boot({ disks: [disk], chip })
  try {
    const prepare =
      "printf 'open sesame' | luca disk prepare /dev/vda --encrypt --passphrase-stdin --yes --json"
    const { recoveryKey, ...rest } = JSON.parse(await machine.out(prepare, 300_000))
    assert.deepEqual(rest, { openedBy: 'chip', moved: true })
    assert.match(recoveryKey, /^[a-z-]{60,}$/)
    await machine.out('sync')
    await machine.stop()

    machine = await Machine.start({ disks: [disk], chip })
    await machine.answers()
    assert.match(await machine.out('cat /run/llmbasedos-data'), /^used \/dev\/vda1/)
    assert.match(await machine.out('findmnt -no SOURCE /data'), /mapper/)
    await machine.stop()

    for (const typed of ['open sesame', recoveryKey]) {
      machine = await Machine.start({ disks: [disk] })
      await machine.serialWith(/is locked; the screen asks/)
      machine.type('wrong\n')
      await machine.serialWith(/(is locked; the screen asks[\s\S]*){2}/)
      machine.type(`${typed}\n`)
      await machine.answers()
      assert.match(await machine.out('cat /run/llmbasedos-data'), /^used/)
      await machine.stop()
    }
    machine = await Machine.start({ disks: [disk] })
    await machine.serialWith(/is locked; the screen asks/)
    machine.type('\n')
    await machine.serialWith(/is not used, since it is locked/)
  } finally {
    await machine.stop()
  }
})
