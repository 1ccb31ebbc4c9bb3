/** The floor's gateway: ws and node:http in front of that socket, passing texts through; nothing is looked at. */
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { WebSocketServer } from 'ws'

const [, , path, port] = process.argv

/** Calls `onLine` for each line that comes from the echo server; gives what sends one to it. */
function link(onLine) {
  const socket = connect(path)
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) onLine(line)
  })
  return { send: (text) => socket.write(`${text}\n`), end: () => socket.destroy() }
}

const waiting = []
const shared = link((line) => {
  const res = waiting.shift()
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(line) })
  res.end(line)
})
const server = createServer((req, res) => {
  let body = ''
  req.setEncoding('utf8').on('data', (chunk) => {
    body += chunk
  })
  req.on('end', () => {
    waiting.push(res)
    shared.send(body)
  })
})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (client) => {
  const { send, end } = link((line) => client.send(line))
  client.on('message', (data) => send(data))
  client.on('close', end)
})
server.listen(Number(port), '127.0.0.1', () => console.log('ready'))
