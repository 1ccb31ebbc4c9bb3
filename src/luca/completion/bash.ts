/** Completion for bash 4.4 and later. */
import { type Completed, leavesOf, quoted, spellings, takingValues, type Values } from './table.ts'

export function bashScript(all: readonly Completed[]): string {
  const leaves = leavesOf(all)
  const withVerbs = all.filter(({ verbs }) => verbs.length > 0)
  const names = (some: readonly { name: string }[]) => some.map(({ name }) => name).join(' ')
  return `# Completion of luca for bash, made by "luca completion bash".

_luca_words() { mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current"); }
_luca_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}
_luca_asked() {
  local value
  while IFS= read -r value; do
    COMPREPLY+=("$(printf %q "$value")")
    [[ $value != */ ]] || compopt -o nospace
  done < <("\${COMP_WORDS[0]}" completion values "$1" "\${current//\\\\/}" 2>/dev/null)
}

_luca() {
  local current=\${COMP_WORDS[COMP_CWORD]} option= command verb= word
  local -a said=()
  local -i i place
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue
    elif [[ $option ]]; then
      option=
    elif [[ $word == -* ]]; then
      case $word in ${takingValues(all).join(' | ')}) option=$word ;; esac
    else
      said+=("$word")
    fi
  done
  [[ $current != '=' ]] || current=
  command=\${said[0]-} place=\${#said[@]}-1
  case $command in ${withVerbs.map(({ name }) => name).join(' | ')}) verb=\${said[1]-} place+=-1 ;; esac
  if [[ $option ]]; then
    case "$command \${option}" in
${all
  .flatMap(({ name, options }) =>
    options.flatMap((option) => {
      const doing = option.values && action(option.values)
      return doing ? [`      ${patterns(spellings(option).map((one) => `${name} ${one}`))}) ${doing} ;;`] : []
    }),
  )
  .join('\n')}
    esac
  elif [[ $current == -* ]]; then
    case "$command\${verb:+ $verb}" in
      '') _luca_words --help --json --version ;;
${leaves
  .map(
    ([words, { options, takesOthers }]) =>
      `      ${quoted(words)}${takesOthers ? '*' : ''}) _luca_words ${options.flatMap((one) => spellings(one)).join(' ')} ;;`,
  )
  .join('\n')}
    esac
  elif [[ ! $command ]]; then
    _luca_words ${names(all)}
  else
    case "$command\${verb:+ $verb} $place" in
${withVerbs.map(({ name, verbs }) => `      '${name} -1') _luca_words ${names(verbs)} ;;`).join('\n')}
${leaves
  .flatMap(([words, { arguments: places }]) =>
    places.flatMap((values, place) => {
      const doing = action(values)
      return doing ? [`      '${words} ${place}') ${doing} ;;`] : []
    }),
  )
  .join('\n')}
    esac
  fi
}

complete -F _luca luca
`
}

const patterns = (all: readonly string[]): string => all.map((one) => quoted(one)).join(' | ')

function action(values: Values): string | undefined {
  switch (values.kind) {
    case 'files':
      return '_luca_files -f'
    case 'folders':
      return '_luca_files -d'
    case 'words':
      return `_luca_words ${values.words.join(' ')}`
    case 'asked':
      return `_luca_asked ${values.of}`
    case 'none':
      return undefined
  }
}
