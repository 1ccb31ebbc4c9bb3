/** What can be set of the fixture server, in `fixture.yaml`: one setting of each kind that servers have. */
import Type, { type Static } from 'typebox'
import { defineTool } from '../../src/protocol/define.ts'
import { NO_ARGUMENTS } from './fixture-tool.ts'

export const Settings = Type.Object({
  greeting: Type.String({ default: 'hello', description: 'What it says.', env: 'FIXTURE_GREETING' }),
  everySeconds: Type.Integer({
    default: 60,
    minimum: 1,
    unit: 'seconds',
    description: 'How often it looks.',
  }),
  accounts: Type.Array(
    Type.Object({
      host: Type.String({ description: 'Whom it asks.' }),
      port: Type.Integer({ default: 993, minimum: 1, maximum: 65535, description: 'On which port.' }),
    }),
    { default: [], description: 'Whom it asks.' },
  ),
})
export type Settings = Static<typeof Settings>

export const showSettings = defineTool<Settings, typeof NO_ARGUMENTS, typeof Settings>({
  name: 'show_settings',
  title: 'Show Settings',
  description: 'Tells the settings of the server, for tests of configuration.',
  capability: 'fixture.test',
  input: NO_ARGUMENTS,
  output: Settings,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  handler: async (_args, _call, settings) => ({ structured: settings }),
})
