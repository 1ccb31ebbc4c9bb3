import { serve } from '../../framework/serve.ts'
import { readSettings } from '../../framework/settings.ts'
import { validators } from './generated/validators.ts'
import { server } from './server.ts'

void serve(server, validators, { readSettings })
