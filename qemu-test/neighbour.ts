/**
 * A device on the same cable as a machine, where there is no router and no DHCP: it speaks Ethernet with the machine's
 * second card, which QEMU passes on as datagrams.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { PATIENCE } from './hardware.ts'

const OWN_MAC = Buffer.from('525400000001', 'hex')
/** One of those that devices give themselves (RFC 3927). */
const OWN_ADDRESS = Buffer.from([169, 254, 7, 7])
const MDNS = { mac: Buffer.from('01005e0000fb', 'hex'), address: Buffer.from([224, 0, 0, 251]), port: 5353 }
const KNOCKS_FROM = 40_000
const AGAIN_MS = 1000
const PATIENCE_MS = 90_000 * PATIENCE

const ARP = 0x0806
const IPV4 = 0x0800
const TCP = 6
const UDP = 17
const SYN = 0x02
const SYN_ACK = 0x12

export class Neighbour {
  readonly #socket: Socket
  readonly #machinePort: number
  /** Of the machine's card, once it has said something. */
  #mac: Buffer = Buffer.alloc(6, 0xff)
  #onPacket: (protocol: number, body: Buffer) => void = () => {}
  #asking: NodeJS.Timeout | undefined

  private constructor(socket: Socket, machinePort: number) {
    this.#socket = socket
    this.#machinePort = machinePort
    socket.on('message', (frame) => this.#hear(frame))
  }

  static async open(): Promise<Neighbour> {
    const [own, ofMachine] = [createSocket('udp4'), createSocket('udp4')]
    await Promise.all([own, ofMachine].map((socket) => once(socket.bind(0, '127.0.0.1'), 'listening')))
    const { port } = ofMachine.address()
    await new Promise<void>((resolve) => ofMachine.close(resolve))
    return new Neighbour(own, port)
  }

  /** Options with which QEMU gives a machine a card on this cable. */
  get cable(): string[] {
    const ends = [
      `local.type=inet,local.host=127.0.0.1,local.port=${this.#machinePort}`,
      `remote.type=inet,remote.host=127.0.0.1,remote.port=${this.#socket.address().port}`,
    ]
    return ['-netdev', `dgram,id=cable,${ends.join()}`, '-device', 'virtio-net-pci,netdev=cable']
  }

  /** Asks the network for the address of a name from now on, also while a machine still looks whether that is free. */
  keepAsking(name: string): void {
    this.#asking = setInterval(() => this.#askFor(name, 'A'), AGAIN_MS)
  }

  /** Asks the network for the records of a name, and returns what follows some bytes in an answer that has them. */
  find(name: string, type: 'A' | 'PTR', shown: Buffer): Promise<Buffer> {
    return this.#ask(
      () => this.#askFor(name, type),
      (protocol, body) => {
        const at = protocol === UDP && body.readUInt16BE(0) === MDNS.port ? body.indexOf(shown) : -1
        return at < 0 ? undefined : body.subarray(at + shown.length)
      },
      `no answer for ${name} with ${shown.toString('latin1')}`,
    )
  }

  /** Knocks at ports of an address, the last of which is open; returns those that answered, in whatever way. */
  async knock(address: Buffer, ports: readonly number[]): Promise<number[]> {
    const answered = new Set<number>()
    await this.#ask(
      () => {
        for (const port of ports) this.#send(this.#mac, address, TCP, syn(address, port))
      },
      (protocol, body) => {
        if (protocol !== TCP || body.readUInt16BE(2) !== KNOCKS_FROM) return undefined
        answered.add(body.readUInt16BE(0))
        return body[13] === SYN_ACK && body.readUInt16BE(0) === ports.at(-1) ? true : undefined
      },
      `port ${ports.at(-1)} did not answer`,
    )
    return [...answered].sort((a, b) => a - b)
  }

  close(): void {
    clearInterval(this.#asking)
    this.#socket.close()
  }

  /** Says something again and again until an answer is what is looked for. */
  async #ask<T>(
    say: () => void,
    answer: (protocol: number, body: Buffer) => T | undefined,
    otherwise: string,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#onPacket = (protocol, body) => {
      const found = answer(protocol, body)
      if (found !== undefined) resolve(found)
    }
    say()
    const again = setInterval(say, AGAIN_MS)
    const patience = setTimeout(() => reject(new Error(otherwise)), PATIENCE_MS)
    try {
      return await promise
    } finally {
      clearInterval(again)
      clearTimeout(patience)
    }
  }

  /** One question (RFC 6762). */
  #askFor(name: string, type: 'A' | 'PTR'): void {
    const question = Buffer.concat([labels(name), Buffer.from([0, 0, type === 'A' ? 1 : 12, 0, 1])])
    const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    const ports = Buffer.alloc(8)
    ports.writeUInt16BE(MDNS.port, 0)
    ports.writeUInt16BE(MDNS.port, 2)
    ports.writeUInt16BE(8 + header.length + question.length, 4)
    this.#send(MDNS.mac, MDNS.address, UDP, Buffer.concat([ports, header, question]))
  }

  #hear(frame: Buffer): void {
    const type = frame.readUInt16BE(12)
    this.#mac = frame.subarray(6, 12)
    // Who has this address? An answer turns the question round (RFC 826).
    if (type === ARP && frame.subarray(38, 42).equals(OWN_ADDRESS))
      this.#transmit(
        Buffer.concat([
          ...[this.#mac, OWN_MAC, frame.subarray(12, 20), Buffer.from([0, 2])],
          ...[OWN_MAC, OWN_ADDRESS, frame.subarray(22, 32)],
        ]),
      )
    if (type !== IPV4) return
    const packet = frame.subarray(14, 14 + frame.readUInt16BE(16))
    const [protocol, body] = [packet[9] as number, packet.subarray(((packet[0] as number) & 15) * 4)]
    this.#onPacket(protocol, body)
  }

  #send(mac: Buffer, address: Buffer, protocol: number, body: Buffer): void {
    const header = Buffer.alloc(12)
    header[0] = 0x45
    header.writeUInt16BE(20 + body.length, 2)
    // How far it may go: a neighbour's word counts where no router has passed it on.
    header[8] = 255
    header[9] = protocol
    const whole = Buffer.concat([header, OWN_ADDRESS, address])
    whole.writeUInt16BE(checksum(whole), 10)
    this.#transmit(Buffer.concat([mac, OWN_MAC, Buffer.from([8, 0]), whole, body]))
  }

  #transmit(frame: Buffer): void {
    this.#socket.send(frame, this.#machinePort, '127.0.0.1')
  }
}

/** A name, without its end, as messages of DNS have it. */
export const labels = (name: string): Buffer =>
  Buffer.from(
    name
      .split('.')
      .map((label) => String.fromCharCode(label.length) + label)
      .join(''),
  )

/** The first packet of a connection (RFC 9293). */
function syn(address: Buffer, port: number): Buffer {
  const segment = Buffer.alloc(20)
  segment.writeUInt16BE(KNOCKS_FROM, 0)
  segment.writeUInt16BE(port, 2)
  segment[12] = (segment.length / 4) << 4
  segment[13] = SYN
  segment.writeUInt16BE(65535, 14)
  const pseudo = Buffer.from([...OWN_ADDRESS, ...address, 0, TCP, 0, segment.length])
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), 16)
  return segment
}

/** The checksum of the Internet (RFC 1071) of an even number of bytes. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
