/** A machine whose data can't be used, the encrypted disk that is prepared on it, and what opens that. */
import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { dataDisk, emptyDisk, folder } from './disks.ts'
import { PATIENCE } from './hardware.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'

const disk = emptyDisk('encrypted', 1152)
const foreign = emptyDisk('foreign', 64)
const chip = join(folder, 'chip')
mkdirSync(chip)
/** Of letters, a digit and an accent that a French keyboard has elsewhere than others. */
const PASSPHRASE = 'lazy sésame 7'
/** By what is printed on the others; a digit is typed with Shift there. */
const FRENCH: Readonly<Record<string, string>> = {
  a: 'q',
  q: 'a',
  z: 'w',
  w: 'z',
  m: ';',
  '-': '6',
  é: '2',
  7: '&',
}
const onFrenchKeys = (text: string) => Array.from(text, (char) => FRENCH[char] ?? char).join('')
/** What a machine says that waits for what opens its data. */
const ASKS = /is locked; the screen asks/
let machine: Machine
let recoveryKey = ''
savesLogs(() => machine)
after(() => machine?.stop())

/** Has another machine take the place of the one before, whose disks it may have. */
async function next(start: () => Promise<Machine>): Promise<void> {
  await machine?.stop()
  machine = await start()
}

test('a machine starts without its data, which is damaged, without a network and without a clock', async () => {
  const options = {
    disks: [damagedDisk(), disk, foreign],
    chip,
    network: false,
    clock: '1970-01-02T00:00:00',
  }
  await next(() => Machine.boot(options))
  const [state] = (await machine.out('cat /run/llmbasedos-data')).split(' ')
  assert.ok(['damaged', 'unusable'].includes(state as string), state)
  const screen = await machine.screenWith(/Enter opens luca/)
  assert.match(screen, /(damaged|unusable) and not used/)
  assert.match(screen, /no network yet/)
  assert.match(await machine.out("luca call time_get_current_time '{}'"), /timezone/)
  assert.equal(await machine.out('systemctl --failed --plain --no-legend'), '')

  // What is in memory moves to the new disk, which the chip and the passphrase are to open.
  await machine.out('luca hostname attic')
  const prepare = `printf '${PASSPHRASE}' | luca disk prepare /dev/vdb --encrypt --passphrase-stdin --yes --json`
  const prepared = JSON.parse(await machine.out(prepare, 300_000 * PATIENCE))
  recoveryKey = prepared.recoveryKey
  assert.match(recoveryKey, /^[a-z-]{60,}$/)
  assert.deepEqual(prepared, { recoveryKey, openedBy: 'chip', moved: true })

  // What another system encrypted in its own way.
  await machine.out("printf 'label: gpt\\nname=LLMBASEDOS-DATA\\n' | sfdisk -q /dev/vdc && udevadm settle")
  await machine.out(
    "printf 'open sesame' | cryptsetup luksFormat -q --cipher serpent-xts-plain64 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file=- /dev/vdc1",
  )

  // It moves as it is when the machine goes down. The disk is told at once with which keys its passphrase is typed.
  await machine.out('luca hostname cellar')
  await machine.out('luca keyboard de')
  assert.match(await machine.out('cryptsetup luksDump /dev/vdb1'), /LLMBASEDOS-DATA-LUKS[\s\S]*keyboard=de/)

  // Once the clock is put right, the certificate of before is past its end, and is made anew.
  await machine.out('date -s 2031-01-01 && luca certificate show --ca >/dev/null')
  const holds = `until openssl x509 -checkend 0 -noout -in /var/lib/llmbasedos/gateway.crt; do sleep 1; done`
  await machine.out(`timeout 90 sh -c '${holds}'`)
  await machine.run('luca power off --yes', 10_000).catch(() => {})
  await machine.ended()
})

test('the chip of the machine opens the disk, and another keyboard is chosen', async () => {
  await next(() => Machine.boot({ disks: [disk], chip }))
  assert.match(await machine.out('cat /run/llmbasedos-data'), /^used \/dev\/vda1/)
  assert.match(await machine.out('findmnt -no SOURCE /data'), /mapper/)
  assert.equal(await machine.out('cat /var/lib/llmbasedos/hostname'), 'cellar')
  assert.equal(await machine.out('cat /var/lib/llmbasedos/keyboard'), 'de')
  await machine.out('luca keyboard fr && sync')
})

describe('in another machine, which asks for what opens it', () => {
  before(async () => {
    await next(() => Machine.start({ disks: [`${disk}:lost`] }, ASKS))
    await machine.keep()
  })
  beforeEach(() => machine.goBack())

  test('the passphrase, typed on the French keyboard, does, and nothing that is wrong', async () => {
    machine.type('wrong\n')
    await machine.serialWith(/(is locked; the screen asks[\s\S]*){2}/)
    // As if the keys were those of an English keyboard.
    machine.type('lazy sesame 7\n')
    await machine.serialWith(/(is locked; the screen asks[\s\S]*){3}/)
    machine.type(`${onFrenchKeys(PASSPHRASE)}\n`)
    await machine.graphicsWith(/The data on \/dev\/vda1 is open/)
  })

  test('the recovery key does', async () => {
    machine.type(`${onFrenchKeys(recoveryKey)}\n`)
    await machine.graphicsWith(/The data on \/dev\/vda1 is open/)
  })

  test('Enter goes on without it', async () => {
    machine.type('\n')
    await machine.serialWith(/is not used, since it is locked/)
  })
})

test('what no passphrase can open is told as what it is', async () => {
  await next(() => Machine.start({ disks: [foreign] }, ASKS))
  machine.type('open sesame\n')
  await machine.graphicsWith(/cannot be opened, whatever is typed: .*serpent/)
  await machine.serialWith(/is not used, since it is unusable \(.*serpent/)
})

/** One whose descriptors of groups are gone, and their copies: more than can be mended without a person. */
function damagedDisk(): string {
  const path = dataDisk('damaged')
  const file = openSync(path, 'r+')
  for (const at of [4096, 8192, 32768 * 4096 + 4096, 98304 * 4096 + 4096, 163840 * 4096 + 4096])
    writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, at)
  closeSync(file)
  return path
}
