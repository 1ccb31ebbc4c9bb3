import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { writeSmallModel } from './testing/small-model.ts'

const ROOT = join(import.meta.dirname, '../../..')

test('a model that embeds leaves nothing in the home of its user, as telemetry would', () => {
  using home = temporaryDirectory()
  using models = temporaryDirectory()
  const folder = writeSmallModel(join(models.path, 'small'))
  const program = `
    import { openOnnxEmbedder } from ${JSON.stringify(join(import.meta.dirname, 'onnx-embedder.ts'))}
    const embedder = await openOnnxEmbedder(${JSON.stringify(folder)})
    await embedder.embed(['hello'], 'query')
    await embedder.close()`
  execFileSync(
    process.execPath,
    ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program],
    {
      env: { PATH: process.env.PATH, HOME: home.path },
    },
  )
  assert.deepEqual(readdirSync(home.path), [])
})

test('nothing else loads it', () => {
  const loading = globSync(['src/**/*.ts', 'scripts/**/*.ts'], {
    cwd: ROOT,
    exclude: ['**/node_modules/**'],
  }).filter((file) =>
    /^import (?!type ).*'onnxruntime-node'|import\('onnxruntime-node'\)\s*$/m.test(
      readFileSync(join(ROOT, file), 'utf8'),
    ),
  )
  assert.deepEqual(loading, ['src/search/embedding/runtime.ts'])
})
