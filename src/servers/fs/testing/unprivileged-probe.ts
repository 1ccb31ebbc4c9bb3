/** Tries what its user may not do in the folder that it is given, and prints the answers. Root turns into nobody. */
import { ConfinedFiles } from '../confined/confined-files.ts'
import { Root } from '../confined/root.ts'
import { tools } from '../tools/index.ts'
import { FakeSearch, noModels } from './fake-search.ts'
import { fakeCall } from './served.ts'

const NOBODY = 65534
using root = new Root(process.argv[2] ?? '')
const files = new ConfinedFiles(root)
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}

async function said(name: string, args: object): Promise<string[]> {
  try {
    const reply = await tools
      .find((tool) => tool.name === name)
      ?.handler(args, fakeCall(), { files, search: new FakeSearch(), models: noModels })
    const blocks = typeof reply === 'object' ? (reply.content ?? []) : []
    return blocks.flatMap((block) => (block.type === 'text' ? block.text.split('\n') : []))
  } catch (error) {
    return [String(error)]
  }
}

const answers = {
  read: (await said('read_text_file', { path: 'closed/file.txt' })).join(),
  readThroughLink: (await said('read_text_file', { path: 'link/file.txt' })).join(),
  writeReadOnly: (await said('write_file', { path: 'read-only.txt', content: '' })).join(),
  writeInLocked: (await said('write_file', { path: 'locked/new.txt', content: '' })).join(),
  deleteInLocked: (await said('delete_file', { path: 'locked/file.txt' })).join(),
  search: await said('search_files', { path: '/', pattern: '**/file.txt' }),
}
process.stdout.write(JSON.stringify(answers))
