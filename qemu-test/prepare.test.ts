/** A disk that luca prepares, and a stick that provides. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyDisk, stickWith } from './disks.ts'
import { Machine } from './machine.ts'

test('a disk that luca prepares holds what was in memory, from the next start on; what a stick provides wrongly is told', async () => {
  const disk = emptyDisk('prepared', 1152)
  const stick = stickWith('hostname: attic\nssh-keys: [nonsense]\ncolour: blue\n')
  let machine = await Machine.boot({ disks: [disk, stick], media: 2 })
  try {
    const screen = await machine.screenWith(/Enter opens luca/)
    assert.match(screen, /llmbasedos on attic/)
    assert.match(screen, /"colour" is none of/)
    assert.match(screen, /ssh-keys: 1 of 1 are no public key/)
    await machine.out('luca user add ada && runuser -u ada -- luca token create phone')
    await machine.out('echo kept >/home/ada/note && chown ada: /home/ada/note')
    const ca = await machine.out('cat /var/lib/llmbasedos/ca.crt')
    assert.match(await machine.out('luca disk list'), /^\/dev\/vda +1\.1 GiB +virtio +nothing/m)
    assert.match((await machine.run('luca disk prepare /dev/sr0 --yes')).output, /no disk \/dev\/sr0/)
    const prepared = await machine.out('luca disk prepare /dev/vda --yes --json')
    assert.deepEqual(JSON.parse(prepared), { recoveryKey: null, openedBy: 'nothing', moved: true })
    await machine.run('luca power off --yes', 10_000).catch(() => {})
    await machine.ended()
    await machine.stop()

    machine = await Machine.boot({ disks: [disk] })
    assert.match(await machine.out('cat /run/llmbasedos-data'), /^used \/dev\/vda1/)
    assert.match(await machine.screenWith(/Enter opens luca/), /llmbasedos on attic/)
    assert.equal(await machine.out('cat /var/lib/llmbasedos/ca.crt'), ca)
    assert.equal(await machine.out('stat -c "%U %s" /home/ada/note'), 'ada 5')
    assert.match(await machine.out('luca token list'), /phone/)
    assert.equal(await machine.out('systemctl --failed --plain --no-legend'), '')
    // Its file system keeps an account of each user.
    await machine.out('luca user quota ada 2M')
    const fill = 'runuser -u ada -- dd if=/dev/zero of=/home/ada/big bs=1M count=8'
    assert.match((await machine.run(fill)).output, /quota/i)
    const { users } = JSON.parse(await machine.out('luca disk --json'))
    const ada = users.find((user: { name: string }) => user.name === 'ada')
    assert.ok(ada.quota === 2 * 1024 ** 2 && ada.used > 0 && ada.used <= ada.quota, JSON.stringify(ada))
    assert.match((await machine.run('luca disk prepare /dev/vda --yes')).output, /the data is on it/)
    // A user who leaves no room.
    await machine.out('luca user quota ada none')
    const fill2 = 'dd if=/dev/zero of=/home/ada/full bs=1M; dd if=/dev/zero of=/home/ada/full2 bs=512'
    assert.match((await machine.run(`runuser -u ada -- sh -c '${fill2}'; sync`)).output, /No space left/)
    await machine.stop()

    machine = await Machine.boot({ disks: [disk], memoryMb: 512 })
    assert.match(await machine.screenWith(/Enter opens luca/), /It needs 1 GiB/)
    assert.match(await machine.out("luca call time_get_current_time '{}'"), /timezone/)
    assert.equal(await machine.out('cat /home/ada/note'), 'kept')
    const write = `luca call fs_write_file '{"path": "/note", "content": "${'x'.repeat(9000)}"}' --yes`
    assert.match((await machine.run(`runuser -u ada -- ${write}`)).output, /no space|full/i)
    assert.equal(await machine.out('cat /home/ada/note'), 'kept')
  } finally {
    await machine.stop()
  }
})
