import { serve } from '../../src/framework/serve.ts'
import { readSettings } from '../../src/framework/settings.ts'
import { validators } from './generated/validators.ts'
import { server } from './server.ts'

void serve(server, validators, { readSettings })
