import type { Command } from '../../command/command.ts'
import { modelsFolder } from '../../command/installation.ts'
import { ModelsFolder } from '../../models/folder.ts'
import { bench, settings, use } from '../models/choose.ts'
import { KnownModels } from '../models/known.ts'
import { info, list } from '../models/show.ts'

/** What loads files brings Node's HTTP with it: much memory and time for every other command. */
const gettingModels = () => import('../models/get.ts')

export const model: Command = {
  name: 'model',
  summary: 'get, look at and choose the language models of this machine',
  details:
    'A .gguf file that is put into the folder of models is found without any of this. A pull that was broken off goes on ' +
    'where it stopped. "settings" without options shows them all, with what holds where nothing was chosen; "auto" takes a setting back.',
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
      description: 'threads to compute with; measured without',
    },
    gpu: {
      value: 'auto|cuda|vulkan|off',
      verbs: ['settings'],
      description: 'what computes besides the processors',
    },
    'gpu-layers': {
      value: 'N|auto',
      verbs: ['settings'],
      description: 'layers that go to the GPU; measured without',
    },
    context: {
      value: 'N|auto',
      verbs: ['settings'],
      description: 'the length of the context in tokens; 8192 without',
    },
    memory: {
      value: 'SIZE|auto',
      verbs: ['settings'],
      description: 'the most that models may take, such as 4G; what is free without',
    },
  },
  verbs: {
    list: { usage: '', summary: 'list those that are here, and those that can be had' },
    pull: { usage: 'NAME', summary: 'get one that is known' },
    add: { usage: 'NAME URL|FILE', summary: 'get another' },
    remove: { usage: 'NAME', summary: 'delete one' },
    info: { usage: 'NAME', summary: 'tell what one is, and what it needs' },
    use: { usage: 'NAME', summary: 'make one the default of its kind' },
    settings: { usage: '', summary: 'show what models are run with, or change it' },
    bench: { usage: '[NAME]', summary: 'measure how fast one is here' },
  },
  async run(input, context) {
    const { verb } = input
    const [name, source = ''] = input.positionals
    const folder = new ModelsFolder(modelsFolder(context.io.env))
    const models = { folder, known: new KnownModels(folder.path) }
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
