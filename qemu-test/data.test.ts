/** The partition with the data: what is kept over a power cut, and what is said where it can't be used. */
import assert from 'node:assert/strict'
import { closeSync, openSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { dataDisk } from './disks.ts'
import { Machine } from './machine.ts'

test('what is kept survives a power cut in the middle of writing, and a card with another address', async () => {
  const disk = dataDisk('kept')
  let machine = await Machine.boot({ disks: [disk] })
  const identity =
    'cat /etc/machine-id /var/lib/llmbasedos/ssh/host_ed25519_key.pub /var/lib/llmbasedos/ca.crt'
  try {
    assert.match(await machine.out('cat /run/llmbasedos-data'), /^used \/dev\/vda/)
    const before = await machine.out(identity)
    await machine.out('luca user add ada && luca token create phone')
    const write = (content: string) =>
      `luca call fs_write_file '${JSON.stringify({ path: '/kept.txt', content })}' --yes >/dev/null`
    await machine.out(`runuser -u ada -- ${write('a'.repeat(5000))}`)
    const loop = `i=0; while :; do i=$((i + 1)); dd if=/dev/urandom of=/home/ada/junk.$((i % 8)) bs=1M count=4 2>/dev/null; ${write('b'.repeat(5000))}; ${write('c'.repeat(5000))}; done`
    await machine.out(
      `setsid runuser -u ada -- sh -c '${loop.replaceAll("'", "'\\''")}' >/dev/null 2>&1 & sleep 15`,
    )
    await machine.cutPower()
    await machine.stop()

    machine = await Machine.boot({ disks: [disk], mac: '52:54:00:aa:bb:cc' })
    assert.match(await machine.out('cat /run/llmbasedos-data'), /^used/)
    assert.equal(await machine.out(identity), before)
    assert.match(await machine.out('cat /home/ada/kept.txt'), /^(a{5000}|b{5000}|c{5000})$/)
    assert.doesNotMatch(await machine.out('ls -a /home/ada'), /\.tmp$/m)
    assert.match(await machine.out('luca user list'), /ada/)
    assert.match(await machine.out('luca token list'), /phone/)
    assert.equal(await machine.out('systemctl --failed --plain --no-legend'), '')
  } finally {
    await machine.stop()
  }
})

test('a partition that is damaged is left alone and told of, and the machine starts without it, a network or a clock', async () => {
  const disk = dataDisk('damaged')
  const file = openSync(disk, 'r+')
  // The descriptors of its groups, and their copies: more than can be mended without a person.
  for (const at of [4096, 8192, 32768 * 4096 + 4096, 98304 * 4096 + 4096, 163840 * 4096 + 4096])
    writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, at)
  closeSync(file)
  const machine = await Machine.boot({ disks: [disk], network: false, clock: '1970-01-02T00:00:00' })
  try {
    const [state] = (await machine.out('cat /run/llmbasedos-data')).split(' ')
    assert.ok(['damaged', 'unusable'].includes(state as string), state)
    const screen = await machine.screenWith(/Enter opens luca/)
    assert.match(screen, /(damaged|unusable) and not used/)
    assert.match(screen, /no network yet/)
    assert.match(await machine.out("luca call time_get_current_time '{}'"), /timezone/)
    assert.equal(await machine.out('systemctl --failed --plain --no-legend'), '')
    // Once the clock is put right, the certificate of before is past its end, and is made anew.
    await machine.out('date -s 2031-01-01 && luca certificate show --ca >/dev/null')
    const holds = `until openssl x509 -checkend 0 -noout -in /var/lib/llmbasedos/gateway.crt; do sleep 1; done`
    await machine.out(`timeout 90 sh -c '${holds}'`)
  } finally {
    await machine.stop()
  }
})
