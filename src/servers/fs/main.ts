import { serve } from '../../framework/serve.ts'
import { validators } from './generated/validators.ts'
import { server } from './server.ts'

void serve(server, validators)
