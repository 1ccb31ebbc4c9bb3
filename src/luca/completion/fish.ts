/** Completion for fish 3 and later. */
import { type Completed, type CompletedOption, quoted, takingValues, type Values } from './table.ts'

/** How fish writes a quote within quotes. */
const fishQuoted = (text: string): string => quoted(text.replaceAll('\\', '\\\\'), "\\'")

export function fishScript(all: readonly Completed[]): string {
  const lines = all.flatMap((command) => [
    line('__luca_at 0', `-a ${command.name} -d ${fishQuoted(command.what)}`),
    ...of(command, [command.name]),
    ...command.verbs.flatMap((verb) => [
      line(`__luca_at 1 ${command.name}`, `-a ${verb.name} -d ${fishQuoted(verb.what)}`),
      ...of(verb, [command.name, verb.name]),
    ]),
  ])
  return `# Completion of luca for fish, made by "luca completion fish".

# The words so far that are neither options nor what those take.
function __luca_said
    set -l option ''
    for word in (commandline -opc)[2..]
        if test -n "$option"
            set option ''
        else
            switch $word
                case ${takingValues(all).join(' ')}
                    set option $word
                case '-*'
                case '*'
                    printf '%s\\n' $word
            end
        end
    end
end

# Whether the words begin with these.
function __luca_in
    set -l said (__luca_said)
    for i in (seq (count $argv))
        test "$said[$i]" = "$argv[$i]"; or return 1
    end
end

# Whether there are so many words, and they begin with these.
function __luca_at
    test (count (__luca_said)) -eq $argv[1]; and __luca_in $argv[2..]
end

function __luca_asked
    luca completion values $argv[1] (commandline -ct) 2>/dev/null
end

complete -c luca -f
complete -c luca -n '__luca_at 0' -l version -d 'print the version'
${[...new Set(lines)].join('\n')}
`
}

const line = (condition: string, rest: string): string => `complete -c luca -n '${condition}' ${rest}`

function of(
  { options, arguments: places, verbs, takesOthers }: Completed,
  words: readonly string[],
): string[] {
  return [
    // A command's own options are those of all its verbs.
    ...(verbs.length > 0 && !takesOthers ? [] : options).map((option) =>
      line(`__luca_in ${words.join(' ')}`, optionLine(option)),
    ),
    ...places.flatMap((values, place) => {
      const doing = action(values)
      return doing ? [line(`__luca_at ${words.length + place} ${words.join(' ')}`, doing)] : []
    }),
  ]
}

function optionLine({ name, short, what, values }: CompletedOption): string {
  const taking = values && (values.kind === 'files' ? '-r -F' : `-x ${action(values) ?? ''}`.trimEnd())
  return [
    `-l ${name}`,
    ...(short ? [`-s ${short}`] : []),
    ...(taking ? [taking] : []),
    `-d ${fishQuoted(what)}`,
  ].join(' ')
}

function action(values: Values): string | undefined {
  switch (values.kind) {
    case 'files':
      return '-F'
    case 'folders':
      return "-a '(__fish_complete_directories)'"
    case 'words':
      return `-a '${values.words.join(' ')}'`
    case 'asked':
      return `-a '(__luca_asked ${values.of})'`
    case 'none':
      return undefined
  }
}
