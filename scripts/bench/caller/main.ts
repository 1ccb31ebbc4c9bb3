/** A server of ours whose tool calls another one within its call, and does nothing else. */
import { serve } from '../../../src/framework/serve.ts'
import { compileValidators } from '../../../src/framework/testing/compile-validators.ts'
import { server } from './server.ts'

await serve(server, compileValidators(server))
