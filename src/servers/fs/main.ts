import { serve } from '../../framework/serve.ts'
import { validators } from './generated/validators.ts'
import { server } from './server.ts'

void serve(server, validators, {
  // What reads settings is loaded with the first search that needs them, not at each start.
  readSettings: async (...asked) => (await import('../../framework/settings.ts')).readSettings(...asked),
})
