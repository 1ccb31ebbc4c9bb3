/**
 * Stands in for servers/llm-local/worker on a machine with a GPU: says one is there, and dies, as llama.cpp does, where more
 * layers are loaded than it takes. The path of the model says what the GPU is like, as JSON.
 */
import type { FromEngine, LoadOptions, ToEngine } from '../engine.ts'

export interface PretendedGpu {
  /** The most layers that it takes. */
  takes: number
  /** Tokens a second by number of layers. */
  speeds: Readonly<Record<number, number>>
}

let gpuLayers = 0
let pretended: PretendedGpu
const send = (message: FromEngine) => process.send?.(message)

function load({ path, gpuLayers: asked, threads }: LoadOptions) {
  pretended = JSON.parse(path)
  gpuLayers = typeof asked === 'number' ? asked : Math.min(asked.atMost ?? pretended.takes, pretended.takes)
  if (gpuLayers > pretended.takes) process.abort()
  const measured: Record<number, number> = threads === undefined ? { 1: 10, 3: 30 } : {}
  return { threads: threads ?? 3, measured, gpuLayers, loadMs: 1 }
}

process.on('message', (message: ToEngine) => {
  if ('cancel' in message) return
  const { id, method, request } = message
  if (method === 'open')
    send({
      id,
      answer: {
        gpu: { backend: 'vulkan', name: 'Card', totalBytes: 8e9, freeBytes: 8e9, build: 'b1' },
      },
    })
  if (method === 'load') send({ id, answer: load(request) })
  if (method === 'speed') send({ id, answer: { tokensPerSecond: pretended.speeds[gpuLayers] ?? 0 } })
})
process.once('disconnect', () => process.exit())
