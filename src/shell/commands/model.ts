import { ModelsFolder } from '../../models/folder.ts'
import { misuse } from '../arguments.ts'
import type { Command } from '../command.ts'
import { bench, use } from '../models/choose.ts'
import { KnownModels } from '../models/known.ts'
import { info, list } from '../models/show.ts'
import { modelsFolder } from '../up/places.ts'

/** Which options belong to which verbs. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  from: ['pull'],
  sha256: ['pull', 'add'],
  threads: ['use'],
  gpu: ['use'],
  'gpu-layers': ['use'],
  context: ['use'],
  memory: ['use'],
}

/** What loads files brings Node's HTTP with it: much memory and time for every other command. */
const gettingModels = () => import('../models/get.ts')

export const model: Command = {
  name: 'model',
  usage:
    'list | pull NAME [--from URL|PATH] | add NAME URL|FILE | remove NAME | info NAME | use [NAME] [OPTIONS] | bench [NAME]',
  summary: 'get, look at and choose the language models of this machine',
  details:
    'A .gguf file that is put into the folder of models is found without any of this. A pull that was broken off goes on ' +
    'where it stopped. "use" without a name changes the settings alone; "auto" takes a setting back.',
  options: {
    from: { value: 'URL|PATH', description: 'pull: a mirror in your network, a folder, or the file itself' },
    sha256: { value: 'HEX', description: 'pull, add: the SHA-256 that the file must have' },
    threads: { value: 'N|auto', description: 'use: threads to compute with; measured without' },
    gpu: { value: 'auto|cuda|vulkan|off', description: 'use: what computes besides the processors' },
    'gpu-layers': { value: 'N|auto', description: 'use: layers that go to the GPU; measured without' },
    context: { value: 'N|auto', description: 'use: the length of the context in tokens; 8192 without' },
    memory: {
      value: 'SIZE|auto',
      description: 'use: the most that models may take, such as 4G; what is free without',
    },
  },
  positionals: [1, 3],
  async run(input, context) {
    const [verb = '', name, source] = input.positionals
    const count = input.positionals.length
    for (const [option, verbs] of Object.entries(OPTIONS))
      if (input.text(option) !== undefined && !verbs.includes(verb))
        throw misuse(model, `--${option} belongs to ${verbs.join(' and ')}`)
    const folder = new ModelsFolder(modelsFolder(context.io.env))
    const models = { folder, known: new KnownModels(folder.path) }
    if (verb === 'list' && count === 1) return list(models, context)
    if (verb === 'pull' && name !== undefined && count === 2) {
      const { pullModel } = await gettingModels()
      return pullModel(name, models, input, context)
    }
    if (verb === 'add' && name !== undefined && source !== undefined) {
      const { add } = await gettingModels()
      return add(name, source, models, input, context)
    }
    if (verb === 'remove' && name !== undefined && count === 2) {
      const { remove } = await gettingModels()
      return remove(name, models, context)
    }
    if (verb === 'info' && name !== undefined && count === 2) return info(name, models, context)
    if (verb === 'use' && count <= 2) return use(name, models, input, context)
    if (verb === 'bench' && count <= 2) return bench(name, models, context)
    throw misuse(model, `"${input.positionals.join(' ')}" is not understood`)
  },
}
