/** Completion for zsh: a function for its fpath, which can be sourced as well. */
import { type Completed, leavesOf, quoted, spellings, takingValues, type Values } from './table.ts'

export function zshScript(all: readonly Completed[]): string {
  const leaves = leavesOf(all)
  const withVerbs = all.filter(({ verbs }) => verbs.length > 0)
  return `#compdef luca
# Completion of luca for zsh, made by "luca completion zsh".

_luca_asked() {
  local -a found
  found=(\${(f)"$("\${words[1]}" completion values $1 "\${(Q)PREFIX}" 2>/dev/null)"})
  compadd -S '' -- \${(M)found:#*/}
  compadd -- \${found:#*/}
}

_luca() {
  local option command verb word
  local -a said some
  integer i place
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      option=
    elif [[ $word == -* ]]; then
      case $word in (${takingValues(all).join('|')}) option=$word ;; esac
    else
      said+=("$word")
    fi
  done
  command=\${said[1]-}
  place=$((\${#said} - 1))
  case $command in (${withVerbs.map(({ name }) => name).join('|')}) verb=\${said[2]-}; ((place--)) ;; esac
  if [[ -n $option ]]; then
    case "$command $option" in
${all
  .flatMap(({ name, options }) =>
    options.flatMap((option) => {
      const doing = option.values && action(option.values)
      return doing
        ? [
            `      (${spellings(option)
              .map((one) => quoted(`${name} ${one}`))
              .join('|')}) ${doing} ;;`,
          ]
        : []
    }),
  )
  .join('\n')}
    esac
  elif [[ $PREFIX == -* ]]; then
    case "$command\${verb:+ $verb}" in
      ('') some=(${described([
        { name: '--help', what: 'explain luca, or a command' },
        { name: '--json', what: 'print one JSON document' },
        { name: '--version', what: 'print the version' },
      ])}) ;;
${leaves
  .map(
    ([words, { options, takesOthers }]) =>
      `      (${quoted(words)}${takesOthers ? '*' : ''}) some=(${described(options.flatMap((one) => spellings(one).map((name) => ({ name, what: one.what }))))}) ;;`,
  )
  .join('\n')}
    esac
    _describe -o option some
  elif [[ -z $command ]]; then
    some=(${described(all)})
    _describe command some
  else
    case "$command\${verb:+ $verb} $place" in
${withVerbs
  .map(({ name, verbs }) => `      ('${name} -1') some=(${described(verbs)}); _describe verb some ;;`)
  .join('\n')}
${leaves
  .flatMap(([words, { arguments: places }]) =>
    places.flatMap((values, place) => {
      const doing = action(values)
      return doing ? [`      ('${words} ${place}') ${doing} ;;`] : []
    }),
  )
  .join('\n')}
    esac
  fi
}

if [[ $funcstack[1] == _luca ]]; then _luca "$@"; else compdef _luca luca; fi
`
}

const described = (all: readonly { name: string; what: string }[]): string =>
  all.map(({ name, what }) => quoted(`${name.replaceAll(':', '\\:')}:${what}`)).join(' ')

function action(values: Values): string | undefined {
  switch (values.kind) {
    case 'files':
      return '_files'
    case 'folders':
      return '_files -/'
    case 'words':
      return `compadd -- ${values.words.join(' ')}`
    case 'asked':
      return `_luca_asked ${values.of}`
    case 'none':
      return undefined
  }
}
