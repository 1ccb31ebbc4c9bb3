/** The server that the conformance suite tests the appliance with: everything the protocol has, once. */
import { defineServer } from '../../src/protocol/define.ts'
import { askingTools } from './asking-tools.ts'
import { contentTools } from './content-tools.ts'
import { prompts } from './prompts.ts'
import { resources } from './resources.ts'
import { roundsTools } from './rounds-tools.ts'
import { Settings, showSettings } from './settings.ts'
import { workingTools } from './working-tools.ts'

export const server = defineServer<Settings>({
  name: 'fixture',
  title: 'Fixture',
  version: '1.0.0',
  description: 'What the conformance suite expects of a server',
  instructions: 'For tests of conformance only.',
  scope: 'user',
  settings: Settings,
  tools: [...contentTools, ...workingTools, ...askingTools, ...roundsTools, showSettings],
  prompts,
  resources,
  listChanged: true,
  subscribe: true,
  open: (host) => host.config(Settings),
})
