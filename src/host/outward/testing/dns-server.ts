/** A DNS server for tests, and a resolver that asks it: names resolve to what the test says at that moment. */
import { createSocket } from 'node:dgram'
import { promises as dns } from 'node:dns'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const TYPE_A = 1

export interface DnsServer {
  resolve(host: string): Promise<string[]>
  /** How often each name was asked for. */
  asked: Map<string, number>
  [Symbol.asyncDispose](): Promise<void>
}

/** `answer` gives the IPv4 addresses of a name, the nth time that it is asked for, from 1. */
export async function dnsServer(answer: (name: string, nth: number) => string[]): Promise<DnsServer> {
  const asked = new Map<string, number>()
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const name = labels.join('.').toLowerCase()
    const nth = (asked.get(name) ?? 0) + 1
    asked.set(name, nth)
    const isA = query.readUInt16BE(at + 1) === TYPE_A
    const addresses = isA ? answer(name, nth) : []
    const head = Buffer.from(query.subarray(0, 12))
    // A response that is whole and without error, to one question (RFC 1035, section 4.1.1).
    head.writeUInt16BE(0x8180, 2)
    head.writeUInt16BE(addresses.length, 6)
    head.writeUInt32BE(0, 8)
    const records = addresses.map((address) =>
      // Of the name in the question, class IN, for no time at all, four bytes.
      Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    )
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...records]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const resolver = new dns.Resolver()
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`])
  return {
    resolve: (host) => resolver.resolve4(host),
    asked,
    async [Symbol.asyncDispose]() {
      resolver.cancel()
      socket.close()
      await once(socket, 'close')
    },
  }
}
