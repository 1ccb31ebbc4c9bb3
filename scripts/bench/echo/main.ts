/** The echo tool as a server of ours: what every server of ours runs on, and a tool that does nothing. */

import { serve } from '../../../src/framework/serve.ts'
import { compileValidators } from '../../../src/framework/testing/compile-validators.ts'
import { server } from './server.ts'

await serve(server, compileValidators(server))
