/**
 * What the image for real hardware drives, where it was built ("make iso KERNEL=generic"): graphics cards, and wireless networks.
 * Its kernel can make radios that hear each other. One is the machine's own; two others are access points, by hostapd.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { diskOfTree } from './disks.ts'
import { BASE, isBuilt } from './image.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'

/** Of the second generation of security, and of the third, which asks for frames that are signed, too. */
const HOME = { name: 'Dom Żółw', passphrase: 'open sesame', keys: 'WPA-PSK', signed: 0, radio: 1 }
const MILL = { name: 'Mill', passphrase: 'closed sesame', keys: 'SAE', signed: 2, radio: 2 }
const fileOf = (name: string) =>
  `/var/lib/llmbasedos/wifi/${/^\w+$/.test(name) ? name : `=${Buffer.from(name).toString('hex')}`}.psk`
const asOwner = (line: string) => `runuser -u owner -- ${line}`
const until = (condition: string) => `timeout 60 sh -c 'until ${condition}; do sleep 0.2; done'`

if (BASE === 'debian' && isBuilt('generic'))
  describe('a machine with a radio, a large screen and no cable', () => {
    let machine: Machine
    before(async () => {
      const disks = [diskOfTree('radio')]
      machine = await Machine.boot({
        image: 'generic',
        network: false,
        processors: 2,
        disks,
        pixels: [3840, 2160],
      })
      const put = (path: string, text: string) =>
        machine.out(
          `mkdir -p "$(dirname ${path})"; echo ${Buffer.from(text).toString('base64')} | base64 -d >${path}`,
        )
      // The radios of the access points are those of others.
      await put(
        '/run/systemd/system/iwd.service.d/90-own.conf',
        '[Service]\nExecStart=\nExecStart=/usr/libexec/iwd --nophys phy1,phy2\n',
      )
      for (const { name, passphrase, keys, signed, radio } of [HOME, MILL]) {
        await put(
          `/run/points/${radio}.conf`,
          `interface=wlan${radio}\ndriver=nl80211\nhw_mode=g\nchannel=${radio * 5}\nssid=${name}\nutf8_ssid=1\n` +
            `wpa=2\nwpa_key_mgmt=${keys}\nrsn_pairwise=CCMP\nieee80211w=${signed}\nwpa_passphrase=${passphrase}\n`,
        )
        await put(
          `/run/systemd/network/10-point-${radio}.network`,
          `[Match]\nName=wlan${radio}\n[Network]\nAddress=192.168.${70 + radio}.1/24\nDHCPServer=yes\n` +
            '[DHCPServer]\nEmitDNS=no\nEmitRouter=no\n',
        )
      }
      await machine.out('systemctl daemon-reload && networkctl reload')
      // This machine does not answer requests for an address.
      await machine.out('nft insert rule inet llmbasedos input iifname { wlan1, wlan2 } udp dport 67 accept')
      await machine.out('mkdir -p /run/tools && mount -t erofs -o ro /dev/vda /run/tools')
      await machine.out('modprobe mac80211_hwsim radios=3')
      await machine.out(until('[ -e /sys/class/net/wlan2 ]'))
      const hostapd =
        'LD_LIBRARY_PATH=/run/tools/usr/lib/x86_64-linux-gnu exec /run/tools/usr/sbin/hostapd /run/points/*.conf'
      await machine.out(`systemd-run --quiet --unit=points sh -c '${hostapd}'`)
      await machine.out(until('iwctl device wlan0 show >/dev/null 2>&1'))
    })
    after(() => machine?.stop())
    savesLogs(() => machine)

    test('the letters of its screen are large, since it has many pixels', async () => {
      assert.equal(await machine.out('cat /sys/class/graphics/fb0/virtual_size'), '3840,2160')
      // Of 16 by 32 pixels.
      assert.equal(await machine.out('stty size </dev/tty1'), '67 240')
    })

    test('the owner finds the networks, and what they ask for', async () => {
      const { radio, networks } = JSON.parse(await machine.out(asOwner('luca wifi list --json')))
      assert.equal(radio, true)
      assert.deepEqual(
        networks
          .map(({ decibels, ...rest }: { decibels: number }) => rest)
          .toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)),
        [HOME, MILL].map(({ name }) => ({ name, security: 'passphrase', known: false, connected: false })),
      )
    })

    test('a wrong passphrase is reported, and not kept', async () => {
      for (const { name } of [HOME, MILL]) {
        const join = asOwner(`luca wifi join '${name}' --passphrase-stdin`)
        const { output } = await machine.run(`echo 'wrong wrong' | ${join}`)
        assert.match(output, /is the passphrase right\?/)
        assert.notEqual((await machine.run(`test -e '${fileOf(name)}'`)).code, 0)
      }
    })

    test('the first Enter on the screen asks for the network, too; then the screen shows the address that it gave', async () => {
      machine.type('\n')
      for (const question of [/keyboard \[us\]:/, /time zone \[UTC\]:/, /language \[C\]:/]) {
        await machine.screenWith(question)
        machine.type('\n')
      }
      // Its letters are on no keyboard of this machine; a part of the name will do.
      await machine.screenWith(/Wireless network \[none\]:/)
      machine.type('dom\n')
      await machine.screenWith(/Passphrase of Dom/)
      machine.type(`${HOME.passphrase}\n`)
      await machine.screenWith(/found by what they say\? \[y\/N\]/)
      machine.type('\n')
      await machine.screenWith(/1 Chat[\s\S]*connected/)
      machine.press('ctrl-q')
      await machine.screenWith(/https:\/\/192\.168\.71\.(?!1:)\d+:8443\/mcp[\s\S]*Enter opens luca/)
      assert.equal(await machine.out(`stat -c '%a %U' '${fileOf(HOME.name)}'`), '600 root')
    })

    test('the machine is on the network again when the radio starts anew', async () => {
      const joined = '$(journalctl --unit=points -o cat | grep -c "wlan1: AP-STA-CONNECTED")'
      const before = await machine.out(`echo ${joined}`)
      await machine.out('ip link set wlan0 down && ip link set wlan0 up')
      await machine.out(until(`[ ${joined} -gt ${before} ]`))
      await machine.out(until('ip -4 addr show dev wlan0 | grep -q "inet 192[.]168[.]71[.]"'))
    })

    test('a network with WPA3 is joined, and gives its address', async () => {
      const join = asOwner(`luca wifi join ${MILL.name} --passphrase-stdin`)
      assert.match(await machine.out(`echo '${MILL.passphrase}' | ${join}`), /joined/)
      assert.match(await machine.out('iwctl station wlan0 show'), /WPA3-Personal/)
      await machine.out(until('ip -4 addr show dev wlan0 | grep -q "inet 192[.]168[.]72[.]"'))
    })

    test('the networks are forgotten', async () => {
      for (const { name } of [HOME, MILL]) {
        await machine.out(asOwner(`luca wifi forget '${name}'`))
        assert.notEqual((await machine.run(`test -e '${fileOf(name)}'`)).code, 0)
      }
      const { networks } = JSON.parse(await machine.out(asOwner('luca wifi list --json')))
      assert.deepEqual(
        networks.map(({ known }: { known: boolean }) => known),
        [false, false],
      )
    })
  })
