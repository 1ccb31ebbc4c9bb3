/** While tools of a second run, how long `mcp.hello` takes on the same connection. */
import { WebSocket } from 'ws'

const { port, token, seconds, slow } = JSON.parse(process.argv[2])
const headers = { Authorization: `Bearer ${token}` }
const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers, perMessageDeflate: false })
await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
const waiting = new Map()
socket.on('message', (data) => {
  const { id, error } = JSON.parse(data)
  if (error) throw new Error(error.message)
  waiting.get(id)?.()
  waiting.delete(id)
})
let lastId = 0
const call = (method) =>
  new Promise((resolve) => {
    const id = ++lastId
    waiting.set(id, resolve)
    socket.send(JSON.stringify({ id, method, params: [] }))
  })
await call(slow)
const latencies = []
const end = performance.now() + seconds * 1000
const slowOnes = (async () => {
  while (performance.now() < end) await call(slow)
})()
while (performance.now() < end) {
  const sent = performance.now()
  await call('mcp.hello')
  latencies.push(performance.now() - sent)
  await new Promise((resolve) => setTimeout(resolve, 5))
}
await slowOnes
socket.terminate()
latencies.sort((a, b) => a - b)
console.log(JSON.stringify({ p50: latencies[latencies.length >> 1], p99: latencies[Math.floor(latencies.length * 0.99)] }))
