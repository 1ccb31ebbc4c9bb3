import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepareDisk } from './disks.ts'
import { isInMemory, moveData, moveDataFinally, pendingDisk, sizeInMemory } from './move-data.ts'
import { RunFailed, run } from './run.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'

/** A machine that keeps all in memory, and the file system of a new disk: a folder that is "mounted" by a link. */
function withNewDisk(): TestMachine & { disk: string; sdb: string; device: string } {
  const machine = testMachine()
  const disk = join(machine.folder, 'disk')
  const device = join(machine.folder, 'sdb1')
  for (const folder of [machine.scratch, machine.var, disk, join(machine.etc, 'llmbasedos')])
    mkdirSync(folder)
  const sdb = join(machine.folder, 'sdb')
  for (const path of [sdb, device]) writeFileSync(path, '')
  writeFileSync(machine.dataState, 'none \n')
  writeFileSync(join(machine.etc, 'machine-id'), 'one\n')
  writeFileSync(join(machine.var, 'log'), 'begun')
  const last = () => machine.ran.at(-1)?.line.split(' ').at(-1) as string
  machine.answers.set('mount', () => {
    rmdirSync(last())
    symlinkSync(disk, last())
    return ''
  })
  machine.answers.set('umount', () => {
    unlinkSync(last())
    mkdirSync(last())
    return ''
  })
  machine.answers.set('cp', () => {
    const args = machine.ran.at(-1)?.line.split(' ').slice(1) as string[]
    return run('/usr/bin/cp', args)
  })
  machine.answers.set('blkid', () => `${UUID}\n`)
  return Object.assign(machine, { disk, sdb, device })
}
const UUID = '11111111-2222-4333-8444-555555555555'
const prepared = (machine: { sdb: string; device: string }) => ({
  disk: machine.sdb,
  device: machine.device,
  uuid: UUID,
})

test('data is in memory where no disk has it, and where a disk could not be used', async () => {
  using machine = withNewDisk()
  const when = (state: string) => {
    writeFileSync(machine.dataState, state)
    return isInMemory(machine)
  }
  assert.equal(await when('none \n'), true)
  assert.equal(await when('damaged /dev/sda1\n'), true)
  assert.equal(await when('used /dev/sda1\n'), false)
  rmSync(machine.dataState)
  assert.equal(await isInMemory(machine), false)
})

test('its size is that of all that lasts', async () => {
  using machine = withNewDisk()
  machine.answers.set('du', () => '10\t/home\n5\t/etc/llmbasedos\n20\t/var\n35\ttotal\n')
  assert.equal(await sizeInMemory(machine), 35)
})

test('what is written after a disk was prepared is on it at the next start, and what was deleted is not', async () => {
  using machine = withNewDisk()
  writeFileSync(join(machine.home, 'early'), '1')
  await moveData(prepared(machine), machine)
  assert.deepEqual(readdirSync(machine.disk).sort(), ['configuration', 'home', 'machine-id', 'var'])
  assert.equal(readFileSync(join(machine.disk, 'home/early'), 'utf8'), '1')

  rmSync(join(machine.home, 'early'))
  writeFileSync(join(machine.home, 'late'), '2')
  await moveDataFinally(machine)
  // The first copy counts until the ramdisk puts the last one in its place.
  assert.deepEqual(readdirSync(join(machine.disk, 'home')), ['early'])
  assert.deepEqual(readdirSync(join(machine.disk, 'next')).sort(), [
    'configuration',
    'home',
    'machine-id',
    'var',
  ])
  assert.deepEqual(readdirSync(join(machine.disk, 'next/home')), ['late'])
  assert.equal(lstatSync(machine.disk).isDirectory(), true)
  assert.equal(await pendingDisk(machine), undefined)
})

test('where both copies have no room, the first is deleted', async () => {
  using machine = withNewDisk()
  await moveData(prepared(machine), machine)
  machine.answers.set('cp', () => {
    if (existsSync(join(machine.disk, 'home'))) throw new RunFailed('cp', 'failed: No space left on device')
    return run('/usr/bin/cp', machine.ran.at(-1)?.line.split(' ').slice(1) as string[])
  })
  writeFileSync(join(machine.home, 'late'), '2')
  await moveDataFinally(machine)
  assert.deepEqual(readdirSync(join(machine.disk, 'next/home')), ['late'])
})

test('a copy that fails leaves the first one, and nothing mounted', async () => {
  using machine = withNewDisk()
  await moveData(prepared(machine), machine)
  machine.answers.set('mount', () => Promise.reject(new RunFailed('mount', 'failed: no such device')))
  await assert.rejects(moveDataFinally(machine), /no such device/)
  assert.deepEqual(readdirSync(machine.disk).sort(), ['configuration', 'home', 'machine-id', 'var'])
  assert.deepEqual(readdirSync(machine.scratch), ['disk-pending.json'])
})

test('while one disk waits for the next start no other is prepared, unless that one was taken out', async () => {
  using machine = withNewDisk()
  const other = { path: '/dev/sdc', type: 'disk', size: 2 ** 40, model: null, fstype: null, mountpoints: [] }
  machine.answers.set('lsblk', () => JSON.stringify({ blockdevices: [other] }))
  await moveData(prepared(machine), machine)
  const prepare = () => prepareDisk({ device: '/dev/sdc', encrypt: false }, machine)
  await assert.rejects(prepare, /\/sdb is prepared already, .* "luca power restart"/)
  rmSync(machine.sdb)
  machine.answers.set('systemctl restart', () => Promise.reject(new RunFailed('systemctl', 'was reached')))
  await assert.rejects(prepare, /could not be prepared/)
})

test('nothing is copied where no disk was prepared', async () => {
  using machine = withNewDisk()
  await moveDataFinally(machine)
  assert.deepEqual(machine.ran, [])
})

test('another disk of the same name is not written to', async () => {
  using machine = withNewDisk()
  await moveData(prepared(machine), machine)
  machine.answers.set('blkid', () => 'another\n')
  writeFileSync(join(machine.home, 'late'), '2')
  await assert.rejects(moveDataFinally(machine), /another disk than the one that was prepared/)
  assert.deepEqual(readdirSync(machine.disk).sort(), ['configuration', 'home', 'machine-id', 'var'])
})
