/** Which library finds the nearest vectors is a setting; both are tried with their real bindings. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { Searching } from '../testing/searching.ts'

const NOTES = {
  'notes/boiler.md': '# Heating\n\nThe boiler is serviced each autumn before it gets cold.',
  'notes/bread.md': '# Baking\n\nFeed the sourdough, then let the dough rise overnight.',
}
const LOAF = 'recipe for making my own loaf'

async function withSettings(yaml: string, it = new Searching(NOTES)): Promise<Searching> {
  const configuration = join(it.state, 'configuration')
  mkdirSync(configuration, { recursive: true })
  writeFileSync(join(configuration, 'fs.yaml'), yaml)
  return it.start({ directories: { state: it.state, configuration } })
}

/** As on a machine where the binding was not built. */
function withoutFaiss(): Disposable {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'faiss-node') throw new Error('Cannot find module')
      return next(specifier, context)
    },
  })
  return { [Symbol.dispose]: () => hooks.deregister() }
}

/** Whether this process has loaded it: the system lists what is mapped. */
const isLoaded = (binding: string) => readFileSync('/proc/self/maps', 'utf8').includes(binding)

test('without a setting it is usearch, and nothing of faiss is loaded', async () => {
  await using it = await new Searching(NOTES).start()
  await it.add('/notes')
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  assert.deepEqual([isLoaded('usearch'), isLoaded('faiss-node')], [true, false])
})

test('where faiss is set and its binding is not there, words find files, and the status says what to do', async () => {
  await using it = new Searching(NOTES)
  {
    using _ = withoutFaiss()
    await withSettings('vectorIndex: faiss\n', it)
    await it.add('/notes')
    assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
    assert.equal(
      (await it.status()).problem,
      'The binding of faiss is not built here; run "make faiss", or set "vectorIndex: usearch" in fs.yaml. Words alone are searched.',
    )
    await it.stop()
  }
  await withSettings('vectorIndex: usearch\n', it)
  await it.running.wake('look')
  await it.running.worked()
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
})

test('where faiss is set, it is used', async () => {
  await using it = await withSettings('vectorIndex: faiss\n')
  await it.add('/notes')
  assert.equal((await it.found(LOAF))[0], '/notes/bread.md')
  assert.ok(isLoaded('faiss-node'))
})

test('with a mistake in the settings words find files, the answer says so, and the log names the place', async () => {
  await using it = await withSettings('vectorIndex: fais\n')
  await it.add('/notes')
  assert.deepEqual(await it.found('boiler'), ['/notes/boiler.md'])
  const { problem } = await it.status()
  assert.equal(
    problem,
    'There is a mistake in fs.yaml, which the log of this server names. Words alone are searched.',
  )
  assert.match(JSON.stringify(it.running.logged.map(({ fields }) => String(fields.err))), /fs\.yaml:1/)
})
