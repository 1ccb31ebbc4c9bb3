/**
 * servers/llm-remote: the one process that reaches providers of language models, and that holds their keys. Whom it
 * may reach stands in `models.yaml`; who calls can choose among those, and add none.
 */

import { REMOTE_SERVER } from '../../contracts/model-aliases.ts'
import { CONFIG_FOLDER, ConfigError } from '../../host/config/load.ts'
import { loadModelAliases } from '../../host/model-aliases.ts'
import { defineServer } from '../../protocol/define.ts'
import { ProviderFailure } from './failure.ts'
import { createProviders, type Providers } from './providers.ts'
import { chat, complete, embed } from './tools.ts'

export const server = defineServer<Providers>({
  name: REMOTE_SERVER,
  title: 'Remote language models',
  version: '0.1.0',
  description: 'Reaches language models elsewhere, on servers that speak the shape of OpenAI.',
  scope: 'system',
  models: 'remote',
  tools: [chat, complete, embed],
  async open({ env, log, directories, clock, secret }) {
    if (env.OPENAI_API_KEY)
      log.warn({}, `OPENAI_API_KEY is not used; give the key with "luca secret set ${REMOTE_SERVER} openai"`)
    const folder = directories.configuration ?? CONFIG_FOLDER
    // Read for each request: it is short, and what was changed holds at once.
    const aliases = () =>
      loadModelAliases(folder, env).catch((error: unknown) => {
        if (!(error instanceof ConfigError)) throw error
        throw new ProviderFailure('unavailable', error.message, { cause: error })
      })
    return createProviders({ aliases, keyOf: secret, clock })
  },
})
