/** The floor's server: a UNIX socket, one JSON text a line, no checks. */
import { createServer } from 'node:net'

createServer((socket) => {
  let rest = ''
  socket.setEncoding('utf8').on('error', () => {})
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    let out = ''
    for (const line of lines) {
      const { id, params } = JSON.parse(line)
      const result = { content: [{ type: 'text', text: params.arguments.text }] }
      out += `${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`
    }
    socket.write(out)
  })
}).listen(process.argv[2])
