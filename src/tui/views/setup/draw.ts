import type { Area, World } from '../../model/view.ts'
import { EMPTY, type Line, line, on, paragraph, type Span, span, styled } from '../../text/lines.ts'
import { isDone, type SetupState, STEPS, type StepName } from './model.ts'

const TITLES: Readonly<Record<StepName, string>> = {
  gateway: 'The gateway runs',
  token: 'A client has a token',
  client: 'A client is connected',
  files: 'Files are served',
  model: 'There is a language model',
}
const ABOUT: Readonly<Record<StepName, string>> = {
  gateway: '"luca up" starts it on any machine; on the appliance it starts by itself. Enter connects again.',
  token: 'Clients on other machines need a token. Enter makes one and shows it once.',
  client: 'Claude Desktop, VS Code, Cursor and others: Enter shows the configuration and its file.',
  files: '"luca up --files DIR" chooses the folder; on the appliance it is your home. Enter shows it.',
  model:
    'A model of your own ("luca model pull NAME"), or any server that speaks OpenAI’s protocol. Enter goes to the Chat view.',
}

const MARKS: Readonly<Record<string, Span>> = {
  true: span(' ✓ ', 'ok'),
  false: span(' ○ ', 'warning'),
  undefined: span(' · ', 'dim'),
}

export function draw(state: SetupState, { columns }: Area, world: World): Line[] {
  const lines: Line[] = [styled('First steps', 'heading'), EMPTY]
  for (const [i, name] of STEPS.entries()) {
    const done = isDone(name, state, world)
    const head = line(MARKS[String(done)] as Span, span(TITLES[name], done === false ? 'strong' : 'text'))
    lines.push(i === state.selected ? on('selection', head) : head)
    if (i === state.selected)
      lines.push(
        ...paragraph(ABOUT[name], columns - 6, 'dim').map(
          (one): Line => ({ spans: [span('    '), ...one.spans] }),
        ),
      )
  }
  if (state.made)
    lines.push(
      EMPTY,
      line(span(`The token of ${state.made.name}, shown this once:`, 'heading')),
      line(span(state.made.token, 'strong')),
      ...paragraph('Give it only to that client. Esc hides it.', columns, 'dim'),
    )
  return lines
}
