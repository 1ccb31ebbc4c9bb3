/**
 * servers/llm-local: the models of this machine, for the gateway alone. The server waits, counts and passes on; the model
 * itself is in a process of its own (`worker/`), which ends with it or before it.
 */
import { dirname } from 'node:path'
import { availableMemory } from '../../host/memory.ts'
import { ModelsFolder } from '../../models/folder.ts'
import { gpuBuilds } from '../../models/gpu-builds.ts'
import { defineServer } from '../../protocol/define.ts'
import { LocalModels, PROGRAM } from './local-models.ts'
import { tools } from './tools.ts'
import { tuningIn } from './tuning.ts'

/** The folder of model files; absolute. */
const FOLDER = 'LLMBDO_MODELS_DIR'

export const server = defineServer<LocalModels>({
  name: 'llm-local',
  title: 'Local models',
  version: '0.1.0',
  description: 'Runs language models on this machine.',
  scope: 'system',
  models: 'local',
  tools,
  async open({ env, directories, log }) {
    const path = env[FOLDER]
    if (!path?.startsWith('/')) throw new Error(`Set ${FOLDER} to the absolute path of the folder of models.`)
    return new LocalModels({
      folder: new ModelsFolder(path),
      tuning: tuningIn(directories.state),
      availableMemory,
      builds: gpuBuilds(dirname(PROGRAM)),
      log,
    })
  },
  async close(models) {
    await models.close()
  },
})
