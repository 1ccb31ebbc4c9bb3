// node-llama-cpp called directly, with nothing around it: what the appliance is measured against. Each message is a task.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getLlama } from 'node-llama-cpp'

let sequence
let delay

const tasks = {
  async load({ path, threads, context: contextSize }) {
    const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true })
    const model = await llama.loadModel({ modelPath: path })
    const context = await model.createContext({ contextSize, threads: { ideal: threads, min: threads } })
    sequence = context.getSequence()
  },
  /** Goes on with a prompt; tells when the first and the last token were there, in milliseconds from the beginning. */
  async generate({ prompt, tokens }) {
    await sequence.clearHistory()
    const started = performance.now()
    const { model } = sequence
    let first
    let count = 0
    for await (const token of sequence.evaluate(model.tokenize(prompt, true), { temperature: 0 })) {
      // A byte of a character that is not whole yet is nothing to see.
      const text = model.detokenize([token])
      if (text !== '' && !text.includes('\uFFFD')) first ??= performance.now() - started
      if (++count === tokens) break
    }
    return { firstMs: first, lastMs: performance.now() - started, tokens: count }
  },
  /** Watches how long this process, which does nothing meanwhile, is kept from its events by all others. */
  watch() {
    delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
  },
  longest: () => ({ ms: delay.max / 1e6 }),
}

process.on('message', async ({ task, ...options }) => process.send((await tasks[task](options)) ?? {}))
process.on('disconnect', () => process.exit())
