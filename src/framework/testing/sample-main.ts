/** The sample server as a process of its own. */
import { serve } from '../serve.ts'
import { sampleServer } from './sample-server.ts'

const { server, validators } = sampleServer()
const { SAMPLE_FAILS: reason } = process.env
if (reason !== undefined)
  server.open = async () => {
    throw new Error(reason)
  }
await serve(server, validators, { graceMs: Number(process.env.SAMPLE_GRACE_MS ?? 10_000) })
