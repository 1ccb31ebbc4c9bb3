import { defineRoom } from '../../model/room.ts'
import {
  actions,
  INITIAL,
  LUCA,
  type SetupMessage,
  type SetupState,
  STEPS,
  type StepName,
  update,
} from './model.ts'
import { view } from './view.ts'

/** First steps. */
export const setup = defineRoom<SetupState, SetupMessage>({
  id: 'setup',
  title: 'Setup',
  initial: INITIAL,
  update,
  view: (state, area, world) => ({ lines: view(state, area, world) }),
  actions,
  luca: ({ selected }) => LUCA[STEPS[selected] as StepName],
  hints: () => [
    { key: '↑↓', what: 'move' },
    { key: 'Enter', what: 'do it' },
  ],
})
