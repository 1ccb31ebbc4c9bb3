/** Reads the weights of a model of TensorFlow.js: a `model.json` that says where in its shards each tensor lies. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Tensor {
  shape: readonly number[]
  data: Float32Array
}

interface Manifest {
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[]
}

const BYTES_EACH = 4

/** The tensors of 32-bit floats in a folder, by name. Throws where the shards are not as long as the manifest says. */
export function readWeights(folder: string): (name: string) => Tensor {
  const { weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest
  const tensors = new Map<string, Tensor>()
  for (const { paths, weights } of weightsManifest) {
    const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))))
    let at = 0
    for (const { name, shape, dtype } of weights) {
      const length = shape.reduce((product, size) => product * size, 1)
      const end = at + length * BYTES_EACH
      if (dtype === 'float32')
        tensors.set(name, { shape, data: new Float32Array(new Uint8Array(bytes.subarray(at, end)).buffer) })
      at = end
    }
    if (at !== bytes.length) throw new Error(`The shards have ${bytes.length} bytes, and should have ${at}.`)
  }
  return (name) => {
    const found = tensors.get(name)
    if (!found) throw new Error(`The model has no weights "${name}".`)
    return found
  }
}
