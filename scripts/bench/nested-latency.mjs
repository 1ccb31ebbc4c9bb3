/** In turns: how long a call takes, and one with a call of the same tool within it. */
import { WebSocket } from 'ws'

const { port, token, count, direct, nested } = JSON.parse(process.argv[2])
const headers = { Authorization: `Bearer ${token}` }
const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers, perMessageDeflate: false })
await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
let answered
socket.on('message', (data) => answered(String(data)))
const call = async (text) => {
  const sent = performance.now()
  const answer = await new Promise((resolve) => {
    answered = resolve
    socket.send(text)
  })
  if (!answer.includes('"text":"x"')) throw new Error(answer)
  return performance.now() - sent
}
const kinds = { direct: { text: direct, ms: [] }, nested: { text: nested, ms: [] } }
for (let run = -200; run < count; run++)
  for (const { text, ms } of Object.values(kinds)) {
    const took = await call(text)
    if (run >= 0) ms.push(took)
  }
socket.terminate()
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
console.log(JSON.stringify({ direct: median(kinds.direct.ms), nested: median(kinds.nested.ms) }))
