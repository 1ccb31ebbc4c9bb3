import { serve } from '../../framework/serve.ts'
import { validators } from './generated/validators.ts'
import { server } from './server.ts'
import { isThread } from './work/thread.ts'

if (!isThread) void serve(server, validators)
