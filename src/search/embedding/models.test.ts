import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EmbedderError } from './embedder.ts'
import { EmbeddingModels } from './models.ts'
import { writeSmallModel } from './testing/small-model.ts'

const temporary = mkdtempSync(join(tmpdir(), 'models-'))
after(() => rmSync(temporary, { recursive: true, force: true }))
let made = 0
function place(): { folder: string; shownAs: string; state: string } {
  const base = join(temporary, String(++made))
  const [folder, state] = [join(base, 'Models'), join(base, 'state')]
  mkdirSync(state, { recursive: true })
  return { folder, shownAs: '/Models', state }
}
const fails = (promise: Promise<unknown>, message: RegExp) =>
  assert.rejects(promise, (error: Error) => {
    assert.ok(error instanceof EmbedderError, String(error.stack))
    assert.match(error.message, message)
    return true
  })

test('without a choice the model that ships is used', async () => {
  const models = new EmbeddingModels(place())
  assert.deepEqual(
    models.list().map(({ name, source, isChosen, problem }) => [name, source, isChosen, problem]),
    [
      ['use-lite', 'shipped', true, undefined],
      ['disabled', 'none', false, undefined],
    ],
  )
  const embedder = await models.open()
  assert.equal(embedder?.dimensions, 512)
  await embedder?.close()
})

test('a folder with a model is listed, checked, chosen and used, also by the next process', async () => {
  const at = place()
  writeSmallModel(join(at.folder, 'mine'))
  const models = new EmbeddingModels(at)
  const { name, dimensions, maxTokens, textsPerSecond } = await models.check('mine')
  assert.deepEqual([name, dimensions, maxTokens], ['mine', 8, 256])
  assert.ok(textsPerSecond > 0)
  await models.use('mine')
  const next = new EmbeddingModels(at)
  assert.deepEqual(
    next.list().map(({ name, isChosen }) => [name, isChosen]),
    [
      ['use-lite', false],
      ['mine', true],
      ['disabled', false],
    ],
  )
  const embedder = await next.open()
  assert.equal(embedder?.dimensions, 8)
  await embedder?.close()
})

test('none may be chosen: words alone find files then', async () => {
  const models = new EmbeddingModels(place())
  await models.use('disabled')
  assert.equal(await models.open(), undefined)
  await models.use('use-lite')
  await (await models.open())?.close()
})

test('a model that does not work is not chosen', async () => {
  const at = place()
  writeSmallModel(join(at.folder, 'broken'), { gives: 'logits' })
  const models = new EmbeddingModels(at)
  await fails(models.check('broken'), /^\/Models\/broken\/model\.onnx gives .*other work/)
  await fails(models.use('broken'), /other work/)
  assert.equal(models.list().find(({ isChosen }) => isChosen)?.name, 'use-lite')
})

test('a name that is none, or leads elsewhere, is refused with those that are known', async () => {
  const at = place()
  writeSmallModel(join(at.folder, '../elsewhere'))
  writeSmallModel(join(at.folder, 'mine'))
  const models = new EmbeddingModels(at)
  for (const name of ['no-such', '../elsewhere', '', '.', 'mine/../mine'])
    await fails(models.use(name), /these are known: use-lite, mine, disabled/)
})

test('links in a model are refused, and a folder that is a link is no model', async () => {
  const at = place()
  writeSmallModel(join(at.folder, 'mine'))
  symlinkSync('/etc/passwd', join(at.folder, 'mine/config.json'))
  symlinkSync(join(at.folder, 'mine'), join(at.folder, 'link'))
  const models = new EmbeddingModels(at)
  await fails(models.check('mine'), /^\/Models\/mine\/config\.json is a link; put the file itself there/)
  assert.ok(!models.list().some(({ name }) => name === 'link'))
})

test('a model that changed since it was chosen is not used before it is chosen again', async () => {
  const at = place()
  writeSmallModel(join(at.folder, 'mine'))
  const models = new EmbeddingModels(at)
  await models.use('mine')
  writeSmallModel(join(at.folder, 'mine'), { seed: 2 })
  await fails(models.open(), /"mine" has changed since it was chosen; "luca search models use mine"/)
  await models.use('mine')
  await (await models.open())?.close()
})

test('a chosen model that is gone is listed with that, and says so when it is opened', async () => {
  const at = place()
  writeSmallModel(join(at.folder, 'mine'))
  const models = new EmbeddingModels(at)
  await models.use('mine')
  rmSync(join(at.folder, 'mine'), { recursive: true })
  const chosen = models.list().find(({ isChosen }) => isChosen)
  assert.equal(chosen?.name, 'mine')
  assert.match(chosen?.problem ?? '', /is not in \/Models any more/)
  await fails(models.open(), /no embedding model "mine"/)
})

test('a damaged choice says how to choose again, which mends it', async () => {
  const at = place()
  for (const text of ['', '{', '[]', '{"name":5}', 'null']) {
    writeFileSync(join(at.state, 'embedding-model.json'), text)
    const models = new EmbeddingModels(at)
    assert.throws(() => models.list(), /damaged; choose one with "luca search models use NAME"/)
    await fails(models.open(), /damaged/)
    await models.use('disabled')
    assert.equal(await models.open(), undefined)
  }
})

test('a server that keeps nothing uses the model that ships, and refuses to choose', async () => {
  const models = new EmbeddingModels({ ...place(), state: undefined })
  await fails(models.use('disabled'), /would be lost/)
  assert.ok(models.list()[0]?.isChosen)
})
