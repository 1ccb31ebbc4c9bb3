/** What a command is made of, and what it is given. */
import type { Outcome } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { GatewayLink } from './link.ts'

/** Puts a question to a person; gives the line that was typed, undefined where the input ended. */
export type Prompter = (question: string, options?: PromptOptions) => Promise<string | undefined>

export interface PromptOptions {
  /** Whether what is typed is not shown. */
  unseen?: boolean
}

export interface Option {
  /** What it takes, such as `DIR`; a switch without. */
  value?: string
  /** Whether its value, a whole number, may be left out; it is given as `--open=2`, or as the next word. */
  optional?: true
  /** One letter for it. */
  short?: string
  /** Whether it can be given several times. */
  multiple?: true
  /** The verbs of its command that take it, none of them where it belongs to `otherwise`; all of them without. */
  verbs?: readonly string[]
  description: string
}

/** One of the things that a command can do: the first word after its name. */
export interface Verb {
  /** Its arguments, as in `Command`. */
  usage: string
  summary: string
  /** Whether it asks the root helper, which the image alone has. */
  appliance?: true
}

export type Command = CommandBase & (Plain | WithVerbs)

interface Plain {
  /**
   * Its arguments in the notation of manuals, such as `PATH [text|base64]`: upper case stands for something, lower case
   * for itself, brackets for what may be left out, `…` for several.
   */
  usage: string
  /** The least and the most positional arguments. */
  positionals: readonly [min: number, max: number]
  verbs?: undefined
  alone?: undefined
  otherwise?: undefined
}

interface WithVerbs {
  verbs: Readonly<Record<string, Verb>>
  /** What it does without a verb; without this it needs one. */
  alone?: string
  /** What it does with words of which the first is no verb; without this that is refused. */
  otherwise?: Pick<Verb, 'usage' | 'summary'>
}

interface CommandBase {
  name: string
  summary: string
  /** More for `luca help NAME`. */
  details?: string
  options?: Readonly<Record<string, Option>>
  /** Whether it asks the root helper, which the image alone has. */
  appliance?: true
  /** Whether it talks to the gateway, and so takes --socket. */
  gateway?: true
  /** Whether it takes --yes: what it calls may need consent. */
  consent?: true
  /** Whether it deals with SIGINT itself; others are cancelled by it. */
  ownSignals?: true
  /** What the line mode has in its place: the same, with what it keeps from line to line. */
  inLineMode?(): Command
  /** Throws a CliError for what can't be done. */
  run(input: Input, context: Context): Promise<Outcome>
}

/** The command line, checked against the command's options. */
export interface Input {
  /** One of the command's verbs; undefined where it has none, or stands alone. */
  verb: string | undefined
  /** The words after the command and its verb. */
  positionals: readonly string[]
  text(option: string): string | undefined
  list(option: string): readonly string[]
  flag(option: string): boolean
}

export interface Context {
  io: Io
  /** Whether stdout must get one JSON document and nothing else. */
  json: boolean
  /** Aborted by Ctrl-C, with a CliError as the reason. */
  signal: AbortSignal
  /** The path of the gateway's socket. */
  gatewaySocket: string
  /** The folder that paths of served files are relative to; `/` for the top one. */
  cwd: string
  /** Asks the person who runs the command; undefined without one. */
  ask: Prompter | undefined
  /** Whether a question stands at the terminal, over which nothing should be written. */
  isAsking(): boolean
  /** The connection to the gateway, made when first asked for. */
  gateway(): Promise<GatewayLink>
}
