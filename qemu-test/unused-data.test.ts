/** Data that is there and is not used: the ramdisk says so, before anything else starts. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataDisk, folder, tool } from './disks.ts'
import { Machine } from './machine.ts'

test('a partition that is read-only or of a newer version is left alone, and told of early', async () => {
  const disk = dataDisk('newer')
  writeFileSync(join(folder, 'two'), '2\n')
  tool('debugfs', '-w', '-R', `write ${join(folder, 'two')} layout`, disk)
  for (const [disks, told] of [
    [[`${disk}:ro`], /is not used, since it is read-only/],
    [[disk], /is not used, since it is newer/],
  ] as const) {
    const machine = await Machine.start({ disks: [...disks] })
    try {
      await machine.serialWith(told)
    } finally {
      await machine.stop()
    }
  }
})
