import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listDisks, prepareDisk, runDiskJob } from './disks.ts'
import { prepareDisk as prepare } from './prepare-disk.ts'
import { RunFailed } from './run.ts'
import { disk, part } from './testing/blocks.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'

const BLOCKS = [
  disk('/dev/sda', {
    children: [part('/dev/sda1', { fstype: 'vfat', label: 'PHOTOS' })],
    model: 'Stick ',
    tran: 'usb',
  }),
  disk('/dev/sdb', { fstype: 'iso9660', mountpoints: ['/run/medium'] }),
  disk('/dev/sdc', { children: [part('/dev/sdc1', { mountpoints: ['/data'] })] }),
  disk('/dev/sdd', {
    children: [part('/dev/sdd1', { children: [disk('/dev/mapper/x', { type: 'crypt' })] })],
  }),
  disk('/dev/sde', { size: 1000 }),
  disk('/dev/sdf', { ro: true }),
  disk('/dev/sr0', { type: 'rom' }),
]

/** A machine with those disks, whose unit for disks does its job at once. */
function withDisks(): TestMachine {
  const machine = testMachine()
  mkdirSync(machine.scratch)
  machine.answers.set('lsblk', () => JSON.stringify({ blockdevices: BLOCKS }))
  machine.answers.set('systemctl restart -- llmbasedos-disk.service', async () => {
    await runDiskJob(machine, prepare).catch(() => {
      throw new RunFailed('/usr/bin/systemctl', 'failed: it ended with 1')
    })
    return ''
  })
  const partition = join(machine.folder, 'sda1')
  writeFileSync(partition, '')
  machine.answers.set('sfdisk --json', () =>
    JSON.stringify({ partitiontable: { partitions: [{ node: partition }] } }),
  )
  machine.answers.set('systemd-cryptenroll --unlock-key-file', () => 'cbde-fghi-jkln\n')
  return machine
}

test('disks are listed with what they hold, and why one is not to be touched', async () => {
  using machine = withDisks()
  const { disks } = await listDisks({}, machine)
  assert.deepEqual(
    disks.map(({ path, unusable }) => [path, unusable]),
    [
      ['/dev/sda', null],
      ['/dev/sdb', 'this system was started from it'],
      ['/dev/sdc', 'the data is on it'],
      ['/dev/sdd', 'it is in use'],
      ['/dev/sde', 'it is smaller than 1 GiB'],
      ['/dev/sdf', 'it can only be read'],
    ],
  )
  assert.deepEqual(disks[0], {
    path: '/dev/sda',
    size: 8 * 1024 ** 3,
    model: 'Stick',
    connection: 'usb',
    holds: null,
    label: null,
    parts: [{ path: '/dev/sda1', size: 1024 ** 3, holds: 'vfat', label: 'PHOTOS' }],
    unusable: null,
  })
})

test('a disk is prepared by a unit of its own, which gets the job in memory and leaves nothing of it', async () => {
  using machine = withDisks()
  const done = await prepareDisk({ device: '/dev/sda', encrypt: false }, machine)
  assert.deepEqual(done, { recoveryKey: null, openedBy: 'nothing', moved: false })
  const [made] = machine.lines('mkfs.ext4')
  assert.match(made ?? '', /-L LLMBASEDOS-DATA -U [0-9a-f-]{36} -m 1 -O quota .*sda1$/)
  assert.deepEqual(machine.lines('cryptsetup'), [])
  for (const name of ['disk-job.json', 'disk-done.json']) assert.ok(!existsSync(join(machine.scratch, name)))
})

test('an encrypted disk gets a recovery key, the passphrase and no other key', async () => {
  using machine = withDisks()
  const passphrase = 'correct horse'
  let mode = 0
  machine.answers.set('wipefs', () => {
    mode = statSync(join(machine.scratch, 'disk-job.json')).mode & 0o777
    return ''
  })
  let typed = ''
  machine.answers.set('cryptsetup --batch-mode luksAddKey', () => {
    typed = readFileSync(machine.lines('cryptsetup').at(-1)?.split(' ').at(-1) as string, 'utf8')
    return ''
  })
  const done = await prepareDisk({ device: '/dev/sda', encrypt: true, passphrase }, machine)
  assert.deepEqual(done, { recoveryKey: 'cbde-fghi-jkln', openedBy: 'typing', moved: false })
  assert.deepEqual([mode, typed], [0o600, passphrase])
  const did = machine.lines('cryptsetup --batch-mode').map((line) => line.split(' ')[2])
  assert.deepEqual(did, ['luksFormat', 'luksAddKey', 'open', 'luksKillSlot', 'close'])
  assert.ok(machine.ran.every(({ line }) => !line.includes(passphrase)))
})

test('what is in use, unknown or refused is not touched, and what fails is reported with its reason', async () => {
  using machine = withDisks()
  const refuses = async (device: string, why: RegExp, more: object = {}) => {
    await assert.rejects(prepareDisk({ device, encrypt: false, ...more }, machine), why)
    assert.deepEqual([...machine.lines('wipefs'), ...machine.lines('sfdisk')], [])
  }
  await refuses('/dev/sdb', /can't be used: this system was started from it/)
  await refuses('/dev/sda1', /no disk \/dev\/sda1; there are \/dev\/sda, /)
  await refuses('/dev/sda', /for an encrypted disk/, { passphrase: 'correct horse' })
  machine.answers.set('wipefs', () => Promise.reject(new RunFailed('wipefs', 'failed: I/O error')))
  await assert.rejects(
    prepareDisk({ device: '/dev/sda', encrypt: false }, machine),
    /prepared: wipefs failed: I\/O error/,
  )
  assert.ok(!existsSync(join(machine.scratch, 'disk-job.json')))
})

test('a disk with no room for what is in memory is left as it is', async () => {
  using machine = withDisks()
  writeFileSync(machine.dataState, 'none \n')
  machine.answers.set('du', () => `${700 * 1024 ** 2}\ttotal\n`)
  machine.answers.set('blockdev --getsize64 /dev/sda', () => `${1024 ** 3}\n`)
  await assert.rejects(
    prepareDisk({ device: '/dev/sda', encrypt: false }, machine),
    /has 1024 MiB, and moving what is in memory takes 1464 MiB\. Nothing on it was changed/,
  )
  assert.deepEqual([...machine.lines('wipefs'), ...machine.lines('sfdisk')], [])
})
