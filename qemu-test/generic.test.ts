/**
 * Wireless networks, with the image for real hardware where it was built ("make iso KERNEL=generic"): its kernel can make radios
 * that hear each other. One of two is the access point.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BASE, isBuilt } from './image.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'

const NETWORK = 'Dom Żółw'
const FILE = `/var/lib/llmbasedos/wifi/=${Buffer.from(NETWORK).toString('hex')}.psk`
const asOwner = (line: string) => `runuser -u owner -- ${line}`

if (BASE === 'debian' && isBuilt('generic'))
  describe('a machine with a radio, and no cable', () => {
    let machine: Machine
    before(async () => {
      machine = await Machine.boot({ image: 'generic', network: false, processors: 2 })
      await machine.out('modprobe mac80211_hwsim radios=2')
      await machine.out("timeout 60 sh -c 'until iwctl device wlan1 show >/dev/null 2>&1; do sleep 1; done'")
      await machine.out('iwctl device wlan1 set-property Mode ap')
      await machine.out(`iwctl ap wlan1 start '${NETWORK}' 'open sesame'`)
    })
    after(() => machine?.stop())
    savesLogs(() => machine)

    test('the owner finds the network, and what it asks for', async () => {
      const { radio, networks } = JSON.parse(await machine.out(asOwner('luca wifi list --json')))
      assert.equal(radio, true)
      assert.deepEqual(
        networks.map(({ decibels, ...rest }: { decibels: number }) => rest),
        [{ name: NETWORK, security: 'passphrase', known: false, connected: false }],
      )
    })

    test('a wrong passphrase is told, and not kept', async () => {
      const join = asOwner(`luca wifi join '${NETWORK}' --passphrase-stdin`)
      const { output } = await machine.run(`echo 'wrong wrong' | ${join}`)
      assert.match(output, /is the passphrase right\?/)
      assert.notEqual((await machine.run(`test -e '${FILE}'`)).code, 0)
    })

    test('with the right one the machine is on the network, and on it again when the radio starts anew', async () => {
      const join = asOwner(`luca wifi join '${NETWORK}' --passphrase-stdin`)
      assert.match(await machine.out(`echo 'open sesame' | ${join}`), /joined/)
      assert.equal(await machine.out(`stat -c '%a %U' '${FILE}'`), '600 root')
      const reached =
        "timeout 60 sh -c 'until ip -6 addr show dev wlan0 scope link | grep -q inet6; do sleep 1; done'"
      await machine.out(reached)
      await machine.out('ip link set wlan0 down && ip link set wlan0 up')
      await machine.out(
        "timeout 60 sh -c 'until iwctl station wlan0 show | grep -qw connected; do sleep 1; done'",
      )
    })

    test('the network is forgotten', async () => {
      await machine.out(asOwner(`luca wifi forget '${NETWORK}'`))
      assert.notEqual((await machine.run(`test -e '${FILE}'`)).code, 0)
      const { networks } = JSON.parse(await machine.out(asOwner('luca wifi list --json')))
      assert.deepEqual(
        networks.map(({ known }: { known: boolean }) => known),
        [false],
      )
    })
  })
