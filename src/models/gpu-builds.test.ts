import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { type GpuBuild, gpuBuilds, whyNoGpu } from './gpu-builds.ts'

const without: GpuBuild = { backend: 'vulkan', devices: [] }
const withCard: GpuBuild = { backend: 'vulkan', devices: ['/dev/dri/renderD128'] }

test('a build is found beside the programs or above them, and an empty package is none', () => {
  using directory = temporaryDirectory()
  const programs = join(directory.path, 'dist')
  const packages = join(directory.path, 'node_modules/@node-llama-cpp')
  mkdirSync(join(packages, 'linux-x64-cuda'), { recursive: true })
  mkdirSync(join(packages, 'linux-x64-vulkan/bins'), { recursive: true })
  assert.deepEqual(
    gpuBuilds(programs).map(({ backend }) => backend),
    ['vulkan'],
  )
})

test('nothing is said where no GPU is wanted, or one is used', () => {
  assert.equal(whyNoGpu('auto', []), undefined)
  assert.equal(whyNoGpu('off', [without]), undefined)
  assert.equal(whyNoGpu('auto', [withCard]), undefined)
  assert.equal(whyNoGpu('vulkan', [withCard], true), undefined)
})

test('a GPU that is wanted and missing is reported, with what is missing', () => {
  assert.match(whyNoGpu('cuda', [withCard])?.what ?? '', /no build of llama\.cpp/)
  assert.match(whyNoGpu('auto', [without])?.what ?? '', /for vulkan.*no card.*processors compute/)
  assert.match(whyNoGpu('auto', [without], false)?.advice ?? '', /--gpu off/)
  assert.match(whyNoGpu('vulkan', [withCard], false)?.what ?? '', /renderD128/)
})
