/**
 * The life of a machine: its first start from the disc, as people get it; the second with the disk that luca prepared; and
 * one after a power cut.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT } from '../scripts/servers.ts'
import { fetchFrom, publicKey } from './clients.ts'
import { emptyDisk, fileSystemOf, stickWith } from './disks.ts'
import { PATIENCE } from './hardware.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'
import { labels, Neighbour } from './neighbour.ts'
import { testsOfSystem } from './system.ts'

const disk = emptyDisk('prepared', 1152)
const IDENTITY = 'cat /etc/machine-id /var/lib/llmbasedos/ssh/host_ed25519_key.pub /var/lib/llmbasedos/ca.crt'
/** A server is started to be looked at, on a processor that is acted. */
const SLOW_MS = 120_000 * PATIENCE
let wentDown = 0n
let identity = ''

const write = (content: string) =>
  `luca call fs_write_file '${JSON.stringify({ path: '/kept.txt', content })}' --yes`
const asAda = (line: string) => `runuser -u ada -- sh -c '${line.replaceAll("'", "'\\''")}'`

describe('the first start, under BIOS, with two discs in it, a stick that provides and a disk with nothing on it', () => {
  let machine: Machine
  before(async () => {
    const stick = stickWith('hostname: attic\nssh-keys: [nonsense]\ncolour: blue\n')
    const provided = {
      'ssh-keys': [publicKey],
      secrets: [{ server: 'time', user: 'owner', name: 'word', value: 'hidden-word' }],
      configuration: { consent: { waitSeconds: 7 } },
    }
    machine = await Machine.boot({
      disks: [disk, stick],
      media: 2,
      credentials: { 'llmbasedos.provision': JSON.stringify(provided) },
    })
  })
  after(() => machine?.stop())
  savesLogs(() => machine)

  testsOfSystem(() => machine, {
    name: 'attic',
    screen: [
      /lb_[\w-]{20}/,
      /forgotten when the power goes/,
      /colour: is no setting/,
      /ssh-keys\[0\]: must be one public key/,
    ],
    warnings: /forgotten when the power goes|colour|ssh-keys/,
  })

  test('the screen and the certificate follow names and addresses, and what is shown once stays', async () => {
    const ca = await machine.out('luca certificate show --ca')
    const reached = async (host: string) =>
      (await fetchFrom(machine, host, ca)(`https://${host}/health`)).status === 200
    const change = (verb: string) =>
      machine.out(`ip address ${verb} 10.0.2.77/24 dev $(ls /sys/class/net | grep -v lo)`)
    await change('add')
    assert.match(await machine.screenWith(/10\.0\.2\.77:8443\/mcp[\s\S]*Enter opens luca/), /lb_[\w-]{20}/)
    assert.ok(await reached('10.0.2.77'))
    await change('del')
    await machine.out('luca hostname cellar')
    assert.ok(await reached('cellar.local'))
    const screen = await machine.screenWith(/on cellar[\s\S]*cellar\.local:8443[\s\S]*Enter opens luca/)
    assert.match(screen, /lb_[\w-]{20}/)
    assert.doesNotMatch(screen, /10\.0\.2\.77|attic/)
    await machine.out('luca hostname attic')
    await machine.screenWith(/on attic[\s\S]*Enter opens luca/)
  })

  test('the keyboard answers what a new machine asks and drives luca on the screen, and leaving it shows again how to reach the machine', async () => {
    machine.type('\n')
    await machine.screenWith(/keyboard \[us\]:/)
    machine.type('\n')
    await machine.screenWith(/time zone \[UTC\]:/)
    machine.type('berl\n')
    await machine.screenWith(/language \[C\]:/)
    machine.type('\n')
    await machine.screenWith(/found by what they say\? \[y\/N\]/)
    machine.type('y\n')
    await machine.screenWith(/1 Chat[\s\S]*connected/)
    assert.equal(await machine.out('luca timezone'), 'Europe/Berlin')
    machine.press('alt-4')
    await machine.screenWith(/gateway \d[\s\S]*fs +. (awake|asleep)/)
    machine.press('ctrl-p')
    await machine.screenWith(/Find anything/)
    machine.press('esc')
    // Together they would be one key with Alt.
    await machine.screenWith(/^(?!.*Find anything)/)
    machine.press('ctrl-q')
    await machine.screenWith(/Enter opens luca/)
  })

  test('a server of others is added, confined and called, on a system that can’t be written to', async () => {
    const script = readFileSync(join(ROOT, 'test/python-server/server.py'), 'base64')
    await machine.out(
      `echo ${script} | base64 -d >/home/owner/server.py && chown owner: /home/owner/server.py`,
    )
    // They install packages in nspawn-test/added-servers.test.ts; here they are seen to be in the image.
    await machine.out('test -x /usr/bin/npm && ls -d /usr/lib/python3*/*-packages/pip')
    const add =
      'luca server add snake --files read --env WORD=hidden-in-a-server -- python3 /home/owner/server.py'
    assert.match(await machine.out(add, SLOW_MS), /snake_hello: Says hello\nadded snake/)
    assert.match(await machine.out("luca call snake_hello '{}' --yes"), /hello from Python/)
    assert.equal((await machine.run('grep -rlF hidden-in-a-server /var /etc /run/systemd')).output, '')
  })

  test('luca prepares the disk for what is in memory, and nothing else', async () => {
    await machine.out('luca user add ada && runuser -u ada -- luca token create phone')
    await machine.out(
      'echo kept >/home/ada/note && touch /home/ada/early && chown ada: /home/ada/note /home/ada/early',
    )
    identity = await machine.out(IDENTITY)
    assert.match(await machine.out('luca disk list'), /^\/dev\/vda +1\.1 GiB +virtio +nothing/m)
    assert.match((await machine.run('luca disk prepare /dev/sr0 --yes')).output, /no disk \/dev\/sr0/)
    const prepared = await machine.out('luca disk prepare /dev/vda --yes --json')
    assert.deepEqual(JSON.parse(prepared), { recoveryKey: null, openedBy: 'nothing', moved: true })
    assert.match(
      (await machine.run('luca disk prepare /dev/vda --yes')).output,
      /\/dev\/vda is prepared already/,
    )
  })

  test('until it goes down, people and services go on writing', async () => {
    await machine.out("runuser -u ada -- sh -c 'luca token create tablet && luca token revoke phone'")
    await machine.out('echo late >/home/ada/late && chown ada: /home/ada/late && rm /home/ada/early')
    // A program that writes to the very end.
    await machine.out(
      "runuser -u ada -- sh -c 'while :; do date +%s%N >>/home/ada/clock; sleep 0.1; done' >/dev/null 2>&1 &",
    )
  })

  test('it switches itself off', async () => {
    wentDown = BigInt(await machine.out('date +%s%N'))
    await machine.run('luca power off --yes', 10_000).catch(() => {})
    await machine.ended()
  })
})

describe('the second start, under UEFI, with that disk, another network card and a neighbour without a router', () => {
  let machine: Machine
  let neighbour: Neighbour
  before(async () => {
    neighbour = await Neighbour.open()
    neighbour.keepAsking('attic.local')
    machine = await Machine.boot({
      firmware: 'uefi',
      disks: [disk],
      mac: '52:54:00:aa:bb:cc',
      cable: neighbour.cable,
    })
  })
  after(async () => {
    await machine?.stop()
    neighbour?.close()
  })
  savesLogs(() => machine)

  test('it is the same machine, and has what was kept', async () => {
    assert.match(await machine.out('cat /run/llmbasedos-data'), /^used \/dev\/vda1/)
    assert.equal(await machine.out(IDENTITY), identity)
    assert.equal(await machine.out('stat -c "%U %s" /home/ada/note'), 'ada 5')
    assert.match(await machine.out('luca user list && luca token list'), /ada[\s\S]*tablet/)
    // Also what came after the disk was prepared, up to the moment in which the machine went down.
    assert.doesNotMatch(await machine.out('luca token list'), /phone/)
    assert.equal(await machine.out('cat /home/ada/late; ls /home/ada'), 'late\nclock\nlate\nnote')
    const written = BigInt(await machine.out('tail -n 1 /home/ada/clock'))
    assert.ok(written >= wentDown, `${written} ${wentDown}`)
    assert.equal(await machine.out('ls /data'), 'configuration\nhome\nlayout\nlost+found\nmachine-id\nvar')
    assert.match((await machine.run('luca disk prepare /dev/vda --yes')).output, /the data is on it/)
  })

  test('a server that was added is there again, and goes without a trace', async () => {
    assert.match(await machine.out("luca call snake_hello '{}' --yes"), /hello from Python/)
    assert.match(await machine.out('luca server remove snake', SLOW_MS), /removed snake/)
    assert.equal(
      await machine.out('find /run/systemd/system /run/mcp /var/lib /var/cache -name "*snake*"'),
      '',
    )
  })

  testsOfSystem(() => machine, {
    name: 'attic',
    // Nothing is provided this time, and the token was shown.
    screen: [/^(?!.*(lb_|forgotten|colour))/],
    again: true,
  })

  test('the neighbour, who asks all the time, finds it by its name and by what it serves, and only its open ports answer', async () => {
    // The record of an address, the only one of that name (RFC 6762, 10.2), and of those that machines give themselves.
    const record = Buffer.concat([labels('attic.local'), Buffer.from([0, 0, 1, 0x80, 1])])
    const address = (await neighbour.find('attic.local', 'A', record)).subarray(6, 10)
    assert.deepEqual([...address.subarray(0, 2)], [169, 254])
    await neighbour.find('_mcp._tcp.local', 'PTR', Buffer.concat([Buffer.from([0, 8]), labels('attic')]))
    // A port that is closed answers, too, where no rule is against it.
    assert.deepEqual(await neighbour.knock(address, [80, 8000, 22, 8443]), [22, 8443])
  })

  test('a user fills no more of the disk than the quota', async () => {
    await machine.out('luca user quota ada 2M')
    const fill = await machine.run(asAda('dd if=/dev/zero of=/home/ada/big bs=1M count=8'))
    assert.match(fill.output, /quota/i)
    const { users } = JSON.parse(await machine.out('luca disk --json'))
    const ada = users.find((user: { name: string }) => user.name === 'ada')
    assert.ok(ada.quota === 2 * 1024 ** 2 && ada.used > 0 && ada.used <= ada.quota, JSON.stringify(ada))
    await machine.out('luca user quota ada none && rm /home/ada/big')
  })

  test('its power is cut in the middle of writing, on a disk that a user has filled', async () => {
    await machine.out(asAda(write('a'.repeat(5000))))
    // What is written in its place needs no room.
    const junk = 'dd if=/dev/urandom of=/home/ada/junk bs=1M count=4 conv=notrunc'
    const loop = `while :; do ${junk}; ${write('b'.repeat(5000))}; ${write('c'.repeat(5000))}; done`
    await machine.out(`setsid ${asAda(loop)} >/dev/null 2>&1 &`)
    const until = (condition: string) =>
      machine.out(`timeout 100 sh -c '${`until ${condition}; do sleep 0.1; done`}'`)
    await until('[ "$(head -c 1 /home/ada/kept.txt)" = c ]')
    const room = '$(($(df --output=avail -B1 /home/ada | tail -1) - 65536))'
    await machine.out(asAda(`fallocate -l ${room} /home/ada/full && sync && touch /home/ada/filled`))
    await until('[ /home/ada/junk -nt /home/ada/filled ]')
    await machine.cutPower()
    assert.match(fileSystemOf(disk), /needs_recovery/)
  })
})

describe('the third start, after the power cut, on the full disk and with too little memory', () => {
  let machine: Machine
  before(async () => {
    machine = await Machine.boot({ firmware: 'uefi', disks: [disk], memoryMb: 512 })
  })
  after(() => machine?.stop())
  savesLogs(() => machine)

  test('all starts, and the data is whole', async () => {
    assert.ok(Number(await machine.out('df --output=avail /home | tail -1')) < 100)
    assert.equal(await machine.out(IDENTITY), identity)
    assert.match(await machine.out('cat /home/ada/kept.txt'), /^(a{5000}|b{5000}|c{5000})$/)
    assert.doesNotMatch(await machine.out('ls -a /home/ada'), /\.tmp$/m)
    assert.match(await machine.out('luca user list && luca token list'), /ada[\s\S]*tablet/)
    assert.equal(await machine.out('systemctl --failed --plain --no-legend'), '')
  })

  test('it says what memory it needs, and does what it can', async () => {
    assert.match(await machine.screenWith(/Enter opens luca/), /It needs 1 GiB/)
    assert.match(await machine.out("luca call time_get_current_time '{}'"), /timezone/)
  })

  test('a call that finds no room says so, and what is there stays', async () => {
    const rest = await machine.run(asAda('dd if=/dev/zero of=/home/ada/rest bs=512'))
    assert.match(rest.output, /No space left/)
    const note = `luca call fs_write_file '${JSON.stringify({ path: '/note', content: 'x'.repeat(9000) })}' --yes`
    assert.match((await machine.run(asAda(note))).output, /no space|full/i)
    assert.equal(await machine.out('cat /home/ada/note'), 'kept')
    await machine.out(asAda('cd /home/ada && rm -f full filled junk rest'))
    await machine.out(asAda(note))
    assert.match(await machine.out('cat /home/ada/note'), /^x{9000}$/)
  })

  test('it switches itself off, and has let go of the disk before', async () => {
    await machine.run('systemctl poweroff', 10_000).catch(() => {})
    await machine.ended()
    assert.match(fileSystemOf(disk), /^Filesystem state: +clean$/m)
    assert.doesNotMatch(fileSystemOf(disk), /needs_recovery/)
  })
})
