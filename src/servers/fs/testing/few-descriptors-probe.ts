/**
 * Lists the folder that it is given while all descriptors of the process but a few are taken, and prints the answers: one
 * given while they are, and one after they are let go of meanwhile. Run with a limit on descriptors.
 */
import { closeSync, openSync } from 'node:fs'
import { ConfinedFiles } from '../confined/confined-files.ts'
import { Root } from '../confined/root.ts'
import { tools } from '../tools/index.ts'
import { FakeSearch, noModels } from './fake-search.ts'
import { fakeCall } from './served.ts'

using files = new ConfinedFiles(new Root(process.argv[2] ?? ''))

async function tree(): Promise<string> {
  const tool = tools.find(({ name }) => name === 'directory_tree')
  return (
    tool
      ?.handler({ path: '/' }, fakeCall(), { files, search: new FakeSearch(), models: noModels })
      .then(JSON.stringify, String) ?? ''
  )
}

const taken: number[] = []
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch {
  // No more are to be had.
}
for (const fd of taken.splice(0, 6)) closeSync(fd)
const short = await tree()
const later = tree()
setTimeout(() => {
  for (const fd of taken) closeSync(fd)
}, 50)
process.stdout.write(JSON.stringify({ short, later: await later }))
