import { defineView } from '../../model/view.ts'
import { draw } from './draw.ts'
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

/** First steps. */
export const setup = defineView<SetupState, SetupMessage>({
  id: 'setup',
  title: 'Setup',
  initial: INITIAL,
  update,
  draw: (state, area, world) => ({ lines: draw(state, area, world) }),
  actions,
  luca: ({ selected }) => LUCA[STEPS[selected] as StepName],
  hints: () => [
    { key: '↑↓', what: 'move' },
    { key: 'Enter', what: 'do it' },
  ],
})
