/**
 * The server in a process of its own, which has /notes searched. Says "open" once that is kept, or why it can't be; and "done" once all
 * is read, with the most memory that this process took, in MB. It stays until it is killed. Arguments: the top folder, that of its state;
 * then a file that ends the process when it is read, or "-"; and "words" for no model. Until then it says how many files it has read, and
 * what memory it takes, each 10 seconds.
 */
import { writeSync } from 'node:fs'
import { harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import { type CallToolResult, META } from '../../../protocol/mcp.ts'
import type { IndexStatus } from '../search/file-search.ts'
import { server } from '../server.ts'
import { Observed } from './observed.ts'

const TOLD_MS = 10_000

const [root = '', state = '', poison, model] = process.argv.slice(2)
const observed = new Observed({
  hasModel: model !== 'words',
  onRead(path) {
    if (path === poison) process.kill(process.pid, 'SIGKILL')
  },
})
const env = { STATE_DIRECTORY: state }
const running = await harness(observed.definition(root), compileValidators(server), { env })
const { isError, content } = (await running.connection.request('tools/call', {
  name: 'index_add',
  arguments: { path: '/notes' },
  _meta: { [META.agreed]: true },
})) as unknown as CallToolResult
writeSync(1, isError === true ? `${JSON.stringify(content)}\n` : 'open\n')
const status = async () => {
  const asked = { name: 'index_status', arguments: {} }
  const { structuredContent } = (await running.connection.request(
    'tools/call',
    asked,
  )) as unknown as CallToolResult
  return structuredContent as unknown as IndexStatus
}
const telling = setInterval(async () => {
  const { files, waiting } = await status()
  writeSync(1, `${files} read, ${waiting} waiting, ${Math.round(process.memoryUsage().rss / 1024 ** 2)} MB\n`)
}, TOLD_MS)
// Work in the background has half an hour at a time, and comes back by the wake list.
for (let read = -1; ; ) {
  await running.worked()
  const { files, waiting } = await status()
  if (waiting === 0 || files === read) break
  read = files
  await running.wake('look')
}
clearInterval(telling)
writeSync(1, `done ${Math.round(process.resourceUsage().maxRSS / 1024)}\n`)
setInterval(() => {}, 60_000)
