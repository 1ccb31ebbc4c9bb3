import { defineRoom } from '../../model/room.ts'
import { actions, INITIAL, lucaFor, type SystemMessage, type SystemState, update } from './model.ts'
import { view } from './view.ts'

/** How the machine is. */
export const system = defineRoom<SystemState, SystemMessage>({
  id: 'system',
  title: 'System',
  initial: INITIAL,
  update,
  view: (state, area, world) => ({ lines: view(state, area, world) }),
  actions,
  luca: lucaFor,
  hints: ({ section, approvals }) => [
    { key: '←→', what: 'section' },
    { key: '↑↓', what: section === 'log' ? 'scroll' : 'move' },
    ...(section === 'waiting' && approvals.is === 'known' && approvals.value.length > 0
      ? [
          { key: 'y', what: 'allow' },
          { key: 'n', what: 'deny' },
        ]
      : []),
    { key: 'r', what: 'ask again' },
  ],
})
