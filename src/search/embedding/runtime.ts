/** onnxruntime, which runs embedding models: loaded here alone, so that nothing runs it with its telemetry on. */
import { EmbedderError } from './embedder.ts'

export type Runtime = typeof import('onnxruntime-node')

/**
 * Loads it when the first model is needed. Unless it is told otherwise before, it keeps an id of the machine and a list of what
 * happened in the user's home, and sends them to its maker. Rejects with an EmbedderError where it is not installed whole.
 */
export async function loadRuntime(): Promise<Runtime> {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  try {
    return await import('onnxruntime-node')
  } catch (cause) {
    throw new EmbedderError(`What runs embedding models is not installed whole; run "make build".`, { cause })
  }
}
