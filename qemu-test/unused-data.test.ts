/** Data that is there and is not used: the ramdisk says so, before anything else starts. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { dataDisk, folder, tool } from './disks.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'

let machine: Machine
savesLogs(() => machine)
afterEach(() => machine.stop())

test('a partition that is read-only is left alone, and told of early', async () => {
  const disks = [`${dataDisk('read-only')}:ro`]
  machine = await Machine.start({ disks }, /is not used, since it is read-only/)
})

test('a partition of a newer version is left alone, and told of early', async () => {
  const disk = dataDisk('newer')
  writeFileSync(join(folder, 'two'), '2\n')
  tool('debugfs', '-w', '-R', `write ${join(folder, 'two')} layout`, disk)
  machine = await Machine.start({ disks: [disk] }, /is not used, since it is newer/)
})
