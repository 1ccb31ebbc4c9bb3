/** Opens idle WebSockets, says when all are open, and holds them until its stdin ends. */
import { WebSocket } from 'ws'

const { port, token, count } = JSON.parse(process.argv[2])
/** How many are being opened at a time. */
const AT_ONCE = 50
const headers = { Authorization: `Bearer ${token}` }
let next = 0
async function worker() {
  while (next++ < count)
    await new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers, perMessageDeflate: false })
      socket.once('open', resolve).once('error', reject)
    })
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))
console.log('open')
process.stdin.resume().on('end', () => process.exit())
