/** Resources that the conformance suite reads by URI. */
import type { ResourceDefinition } from '../../src/protocol/define.ts'
import { PNG } from './samples.ts'

const capability = 'fixture.test'

export const resources: ResourceDefinition[] = [
  {
    uri: 'test://static-text',
    name: 'static-text',
    description: 'A text that never changes',
    mimeType: 'text/plain',
    capability,
    cache: { ttlMs: 60_000, cacheScope: 'public' },
    read: async (uri) => [
      { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
    ],
  },
  {
    uri: 'test://static-binary',
    name: 'static-binary',
    description: 'An image that never changes',
    mimeType: PNG.mimeType,
    capability,
    read: async (uri) => [{ uri, mimeType: PNG.mimeType, blob: PNG.data }],
  },
  {
    uri: 'test://watched-resource',
    name: 'watched-resource',
    description: 'A text to be told of; {tool:test_trigger_resource_change} says that it changed',
    mimeType: 'text/plain',
    capability,
    read: async (uri) => [{ uri, mimeType: 'text/plain', text: 'Watched resource content.' }],
  },
  {
    uri: 'test://template/{id}/data',
    name: 'template-data',
    description: 'Data for any id',
    mimeType: 'application/json',
    capability,
    complete: async (_, value) => ['123', '124', '200'].filter((id) => id.startsWith(value)),
    read: async (uri, { id }) => [
      {
        uri,
        mimeType: 'application/json',
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      },
    ],
  },
]
