import { defineView } from '../../model/view.ts'
import { draw } from './draw.ts'
import { actions, INITIAL, lucaFor, type SystemMessage, type SystemState, update } from './model.ts'

/** How the machine is. */
export const system = defineView<SystemState, SystemMessage>({
  id: 'system',
  title: 'System',
  initial: INITIAL,
  update: (state, message, _, area) => update(state, message, area),
  draw: (state, area) => ({ lines: draw(state, area) }),
  actions,
  luca: lucaFor,
  hints: ({ section, approvals }) => [
    ...(section === 'waiting' && approvals.is === 'known' && approvals.value.length > 0
      ? [
          { key: 'y', what: 'allow' },
          { key: 'n', what: 'deny' },
        ]
      : []),
    { key: '←→', what: 'section' },
    { key: '↑↓', what: section === 'log' ? 'scroll' : 'move' },
    ...(section === 'log' ? [] : [{ key: 'r', what: 'ask again' }]),
  ],
})
