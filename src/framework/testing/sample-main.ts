/** The sample server as a process of its own. */
import { serve } from '../serve.ts'
import { sampleServer } from './sample-server.ts'

const { server, validators } = sampleServer()
await serve(server, validators, { graceMs: Number(process.env.SAMPLE_GRACE_MS ?? 10_000) })
