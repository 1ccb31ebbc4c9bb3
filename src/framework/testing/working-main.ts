/** The working server as a process of its own. */
import { serve } from '../serve.ts'
import { workingServer } from './working-server.ts'

const { server, validators } = workingServer()
void serve(server, validators, { graceMs: Number(process.env.SAMPLE_GRACE_MS ?? 10_000) })
