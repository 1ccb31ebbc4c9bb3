import { serve } from '../../src/framework/serve.ts'
import { compileValidators } from '../../src/framework/testing/compile-validators.ts'
import * as servers from './server.ts'

const server = process.argv[2] === 'clock' ? servers.clock : servers.ear
await serve(server, compileValidators(server))
