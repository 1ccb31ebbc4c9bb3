/** An appliance with language models, elsewhere and on this machine: a provider and a local server of ours. */
import OpenAI from 'openai'
import { type Appliance, startAppliance } from './appliance.ts'
import { localModel } from './local-model.ts'
import { type Provider, SECRET_KEY, startProvider } from './provider.ts'

export interface LanguageModels extends AsyncDisposable {
  appliance: Appliance
  /** Gives `sky`, the default, and `endless`; the local server gives `tiny`, which is also `pocket`. */
  provider: Provider
  /** The official client. */
  openai: OpenAI
}

export const QUESTION = [{ role: 'user' as const, content: 'What colour is the sky?' }]

/** What an answer may be held to. */
export const SCHEMA = {
  type: 'object',
  properties: { colour: { type: 'string' } },
  required: ['colour'],
  additionalProperties: false,
}

export async function startLanguageModels(): Promise<LanguageModels> {
  const stack = new AsyncDisposableStack()
  try {
    const provider = stack.use(await startProvider())
    const local = stack.use(await localModel())
    const appliance = stack.use(
      await startAppliance({
        units: local.units,
        descriptors: local.descriptors,
        secrets: { 'llmbasedos-llm-remote._.fixture': SECRET_KEY },
        models: `
providers:
  fixture: {api_base_url: "${provider.url}", levels: [small-1, big-1, best-1]}
models:
  sky: {provider: fixture, model_name: sky-1, is_default: true}
  endless: {provider: fixture}
  pocket: {provider: local, model_name: tiny}
`,
      }),
    )
    return {
      appliance,
      provider,
      openai: new OpenAI({ baseURL: `${appliance.origin}/v1`, apiKey: appliance.token }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
