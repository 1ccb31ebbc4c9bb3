import type { Command } from '../../command/command.ts'
import { modelsFolder } from '../../command/installation.ts'
import { ModelsFolder } from '../../models/folder.ts'
import { bench, settings, use } from '../models/choose.ts'
import { knownModels } from '../models/known.ts'
import { info, list } from '../models/show.ts'

/** What loads files brings Node's HTTP with it: much memory and time for every other command. */
const gettingModels = () => import('../models/get.ts')

export const model: Command = {
  name: 'model',
  summary: 'get, inspect and choose the language models of this machine',
  details:
    'A .gguf file in the folder of models is found by itself. A pull that was interrupted continues ' +
    'where it stopped. "settings" without options shows them all, with their defaults; "auto" goes back to a default.',
  options: {
    from: {
      value: 'URL|PATH',
      verbs: ['pull'],
      description: 'a mirror in your network, a folder, or the file itself',
    },
    sha256: { value: 'HEX', verbs: ['pull', 'add'], description: 'the SHA-256 that the file must have' },
    threads: {
      value: 'N|auto',
      verbs: ['settings'],
      description: 'threads to compute with; measured by default',
    },
    gpu: {
      value: 'auto|cuda|vulkan|off',
      verbs: ['settings'],
      description: 'the GPU to compute with',
    },
    'gpu-layers': {
      value: 'N|auto',
      verbs: ['settings'],
      description: 'layers on the GPU; measured by default',
    },
    context: {
      value: 'N|auto',
      verbs: ['settings'],
      description: 'the length of the context in tokens; 8192 by default',
    },
    memory: {
      value: 'SIZE|auto',
      verbs: ['settings'],
      description: 'the memory that models may take, such as 4G; by default what is free',
    },
  },
  verbs: {
    list: { usage: '', summary: 'list those that are here, and those that you can get' },
    pull: { usage: 'NAME', summary: 'get a known one' },
    add: { usage: 'NAME URL|FILE', summary: 'get any other' },
    remove: { usage: 'NAME', summary: 'delete one' },
    info: { usage: 'NAME', summary: 'show what one is, and what it needs' },
    use: { usage: 'NAME', summary: 'make one the default of its kind' },
    settings: { usage: '', summary: 'show or change what models run with' },
    bench: { usage: '[NAME]', summary: 'measure how fast one is here' },
  },
  async run(input, context) {
    const { verb } = input
    const [name, source = ''] = input.positionals
    const folder = new ModelsFolder(modelsFolder(context.io.env))
    const models = { folder, known: knownModels(folder.path) }
    if (verb === 'settings') return settings(models, input, context)
    if (verb === 'bench') return bench(name, models, context)
    if (name === undefined) return list(models, context)
    if (verb === 'use') return use(name, models, context)
    if (verb === 'info') return info(name, models, context)
    const { add, pullModel, remove } = await gettingModels()
    if (verb === 'pull') return pullModel(name, models, input, context)
    return verb === 'add' ? add(name, source, models, input, context) : remove(name, models, context)
  },
}
