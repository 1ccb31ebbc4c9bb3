/**
 * The load, in a process of its own: connections that send a request, wait for its answer, check it, and send the next,
 * for some seconds. HTTP/1.1 by hand on bare sockets, since every client library costs more than what is measured.
 * Takes its task as JSON and gives its figures as JSON.
 */
import { connect } from 'node:net'
import { WebSocket } from 'ws'

const task = JSON.parse(process.argv[2])
const { kind, port, connections, seconds, body, headers, path, expect } = task
const latencies = []
let stopped = false

/** Connections may share a session, in which a request that runs needs an id of its own. */
const bodyOf = (connection) => body.replace('"id":1,', `"id":${connection + 1},`)

function httpConnection(connection) {
  const payload = Buffer.from(bodyOf(connection))
  const lines = [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: keep-alive']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  const request = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${payload.length}\r\n\r\n`), payload])
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    let sent = 0
    const send = () => {
      if (stopped) {
        socket.destroy()
        return resolve()
      }
      sent = performance.now()
      socket.write(request)
    }
    socket.setNoDelay(true)
    socket.once('connect', send)
    socket.on('error', reject)
    socket.on('close', () => (stopped ? resolve() : reject(new Error('the connection was closed'))))
    socket.on('data', (chunk) => {
      received += chunk.latin1Slice()
      const length = answerLength(received)
      if (length === undefined) return
      const answer = received.slice(0, length)
      received = received.slice(length)
      latencies.push(performance.now() - sent)
      if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(expect)) return reject(new Error(answer.slice(0, 500)))
      send()
    })
  })
}

/** How long the answer at the start of a text is; undefined while it is not whole. */
function answerLength(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end).toLowerCase()
  const [, length] = /content-length: (\d+)/.exec(head) ?? []
  if (length !== undefined) {
    const whole = end + 4 + Number(length)
    return text.length >= whole ? whole : undefined
  }
  if (!head.includes('transfer-encoding: chunked')) throw new Error(`no length: ${head}`)
  let at = end + 4
  for (;;) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(text.slice(at, line), 16)
    at = line + 2 + size + 2
    if (at > text.length) return undefined
    if (size === 0) return at
  }
}

function webSocketConnection(connection) {
  const text = bodyOf(connection)
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers, perMessageDeflate: false })
    let sent = 0
    const send = () => {
      if (stopped) {
        socket.terminate()
        return resolve()
      }
      sent = performance.now()
      socket.send(text)
    }
    socket.once('open', send)
    socket.on('error', reject)
    socket.on('message', (data) => {
      latencies.push(performance.now() - sent)
      const answer = data.toString()
      if (!answer.includes(expect)) return reject(new Error(answer.slice(0, 500)))
      send()
    })
  })
}

const started = performance.now()
setTimeout(() => {
  stopped = true
}, seconds * 1000)
const open = kind === 'ws' ? webSocketConnection : httpConnection
await Promise.all(Array.from({ length: connections }, (_, i) => open(i)))
const elapsed = (performance.now() - started) / 1000
latencies.sort((a, b) => a - b)
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
console.log(JSON.stringify({ perSecond: latencies.length / elapsed, p50: at(0.5), p99: at(0.99) }))
