/**
 * A router with a radio, as people have at home, beside a machine that has no cable. It is in the machine's own kernel, whose
 * simulated radios hear each other, in a network namespace of its own: with an access point, a server of addresses, and QEMU's
 * network card as the line to the world. What comes to the machine's port for HTTPS comes by it, and by the radio.
 */
import { diskOfTree } from './disks.ts'
import type { MachineOptions } from './hardware.ts'
import type { Machine } from './machine.ts'

/** The only one that it gives: the machine's. */
export const ADDRESS = '192.168.71.50'
/** What the world is called from there, by QEMU: the loopback of this side. */
export const WORLD = '10.0.2.2'

const CARD = '52:54:00:00:71:01'
/** The line is the router's, and none of the machine's, from the first moment on. */
const LINE = `[Match]\\nMACAddress=${CARD}\\n[Link]\\nUnmanaged=yes\\n`
const FOLDER = '/run/router'

export interface RouterOptions {
  /** Of its wireless network. */
  name: string
  passphrase: string
}

export class Router {
  readonly #options: RouterOptions

  constructor(options: RouterOptions) {
    this.#options = options
  }

  /** Options for a machine that is to stand beside it, with these disks; its own tools are on the last one. */
  beside({ disks = [], credentials = {}, ...options }: MachineOptions): MachineOptions {
    return {
      ...options,
      mac: CARD,
      disks: [...disks, diskOfTree('radio')],
      credentials: {
        ...credentials,
        'systemd.unit-dropin.systemd-networkd.service~50-router': `[Service]\nExecStartPre=+/bin/sh -c "mkdir -p /run/systemd/network && printf '${LINE}' >/run/systemd/network/05-router.network"\n`,
        // The second radio is the router's, and not the machine's.
        'systemd.unit-dropin.iwd.service~50-router':
          '[Service]\nExecStart=\nExecStart=/usr/libexec/iwd --nophys phy1\n',
      },
    }
  }

  /** Switches it on, once the machine has started. */
  async start(machine: Machine): Promise<void> {
    const { name, passphrase } = this.#options
    const point =
      `interface=wlan1\ndriver=nl80211\nhw_mode=g\nchannel=6\nssid=${name}\nutf8_ssid=1\n` +
      `wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=${passphrase}\n`
    const doors =
      'table ip router {\n' +
      ` chain in { type nat hook prerouting priority dstnat; iifname "line" tcp dport 8443 dnat to ${ADDRESS}; }\n` +
      ' chain out { type nat hook postrouting priority srcnat; oifname "line" masquerade; }\n}\n'
    const put = (file: string, text: string) =>
      `echo ${Buffer.from(text).toString('base64')} | base64 -d >${FOLDER}/${file}`
    const within = 'ip netns exec router'
    const tool = (words: string) =>
      `LD_LIBRARY_PATH=${FOLDER}/tools/usr/lib/x86_64-linux-gnu exec ${FOLDER}/tools/usr/sbin/${words}`
    const service = (unit: string, words: string) =>
      `systemd-run --quiet --unit=router-${unit} ${within} sh -c '${tool(words)}'`
    await machine.out(
      [
        `mkdir -p ${FOLDER}/tools`,
        `mount -t erofs -o ro $(blkid -t TYPE=erofs -o device | grep /dev/vd) ${FOLDER}/tools`,
        put('point.conf', point),
        put('doors.nft', doors),
        'ip netns add router',
        `line=$(grep -l ${CARD} /sys/class/net/*/address | cut -d/ -f5)`,
        'ip link set $line down; ip link set $line name line netns router',
        `${within} ip address add 10.0.2.15/24 dev line`,
        `${within} ip link set line up`,
        `${within} ip route add default via ${WORLD}`,
        'modprobe mac80211_hwsim radios=2',
        `( ${tool('iw phy phy1 set netns name router')} )`,
        `${within} ip address add 192.168.71.1/24 dev wlan1`,
        `${within} sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'`,
        `${within} nft -f ${FOLDER}/doors.nft`,
        service('point', `hostapd ${FOLDER}/point.conf`),
        service(
          'addresses',
          `dnsmasq --keep-in-foreground --user=root --conf-file=/dev/null --interface=wlan1 --bind-interfaces --dhcp-range=${ADDRESS},${ADDRESS},1h --dhcp-leasefile=${FOLDER}/leases`,
        ),
      ].join(' && '),
    )
  }
}
