import { Help, type Command, type Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

interface CommandWords {
  name: string
  description: string
  options: readonly Option[]
  /** Fixed values of the first argument, or the commands below this one. */
  values: readonly string[]
  takesAgent: boolean
  takesFile: boolean
}

/** A script that completes commands, options, their values, and the names of agents. */
export const completionScript = (shell: Shell, program: Command): string => {
  const commands = wordsOf(program)
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }
  return scripts[shell](commands)
}

const wordsOf = (program: Command): CommandWords[] => {
  const help = new Help()
  return help
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .map((command) => {
      const argument = command.registeredArguments[0]
      return {
        name: command.name(),
        description: command.description(),
        options: optionsOf(command),
        values: argument?.argChoices ?? subcommandsOf(command),
        takesAgent: argument?.name() === 'agent',
        takesFile: argument?.name() === 'file',
      }
    })
}

const subcommandsOf = (command: Command): string[] =>
  new Help()
    .visibleCommands(command)
    .map((subcommand) => subcommand.name())
    .filter((name) => name !== 'help')

/** A command's own options and those of its subcommands, each once. */
const optionsOf = (command: Command): Option[] => {
  const all = [command, ...command.commands].flatMap(({ options }) => options)
  return [...new Map(all.map((option) => [option.long, option])).values()]
}

const optionWords = (option: Option): string[] =>
  [option.short, option.long].filter((word) => word !== undefined && word !== null)

const bashScript = (commands: CommandWords[]): string => `# bash completion for cadre
_cadre() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "$command $previous" in
${commands.flatMap(bashValues).join('\n')}
  esac
  case "$command" in
${commands.map(bashWords).join('\n')}
  esac
}
complete -o default -F _cadre cadre`

/** Values that follow an option, or the command itself. */
const bashValues = ({ name, options, values, takesAgent }: CommandWords): string[] => {
  const reply = (words: string) => `COMPREPLY=($(compgen -W "${words}" -- "$current")); return`
  const lines = options.flatMap((option) => {
    const words = valuesOf(option)
    return words ? [`    "${name} ${option.long}") ${reply(words.join(' '))} ;;`] : []
  })
  const agents = '$(cadre agent-names 2>/dev/null)'
  const withAgent = options.filter((option) => option.long === '--agent')
  for (const option of withAgent) lines.push(`    "${name} ${option.long}") ${reply(agents)} ;;`)
  const first = [...values, ...(takesAgent ? [agents] : [])].join(' ')
  if (first !== '')
    lines.push(`    "${name} ${name}") [[ $current == -* ]] || { ${reply(first)}; } ;;`)
  return lines
}

const bashWords = ({ name, options }: CommandWords): string => {
  const words = options.flatMap(optionWords).join(' ')
  return `    ${name}) [[ $current == -* ]] && COMPREPLY=($(compgen -W "${words}" -- "$current")) ;;`
}

const valuesOf = (option: Option): readonly string[] | undefined =>
  option.argChoices && option.argChoices.length > 0 ? option.argChoices : undefined

const zshScript = (commands: CommandWords[]): string => `#compdef cadre
_cadre_agents() {
  local -a names
  names=(\${(f)"$(cadre agent-names 2>/dev/null)"})
  _describe agent names
}
_cadre() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(zshCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = _cadre ]; then _cadre "$@"; else compdef _cadre cadre; fi`

const AGENTS = '1:agent:_cadre_agents'

const zshCase = ({ name, options, values, takesAgent, takesFile }: CommandWords): string => {
  const specs = options.flatMap((option) =>
    optionWords(option).map((word) => zshOption(word, option)),
  )
  const words = values.join(' ')
  if (values.length > 0 && !takesAgent) specs.push(quoted(`1:value:(${words})`))
  if (takesAgent)
    specs.push(quoted(words === '' ? AGENTS : `1:agent:{compadd ${words}; _cadre_agents}`))
  if (takesFile) specs.push(quoted('1:file:_files'))
  return `    ${name}) _arguments ${specs.join(' ')} ;;`
}

const zshOption = (word: string, option: Option): string => {
  const description = option.description.replace(/[[\]:]/g, ' ')
  if (!option.required) return quoted(`${word}[${description}]`)
  const values = valuesOf(option)
  const completes = values
    ? `(${values.join(' ')})`
    : option.long === '--agent'
      ? '_cadre_agents'
      : '_files'
  return quoted(`${word}[${description}]:value:${completes}`)
}

const fishScript = (commands: CommandWords[]): string =>
  ['# fish completion for cadre', 'complete -c cadre -f', ...commands.flatMap(fishLines)].join('\n')

const fishLines = (command: CommandWords): string[] => {
  const { name, description, options, values, takesAgent, takesFile } = command
  const seen = `-n '__fish_seen_subcommand_from ${name}'`
  const lines = [
    `complete -c cadre -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...options.map((option) => fishOption(seen, option)),
  ]
  if (values.length > 0) lines.push(`complete -c cadre ${seen} -a ${quoted(values.join(' '))}`)
  if (takesAgent) lines.push(`complete -c cadre ${seen} -a '(cadre agent-names 2>/dev/null)'`)
  if (takesFile) lines.push(`complete -c cadre ${seen} -F`)
  return lines
}

const fishOption = (seen: string, option: Option): string => {
  const short = option.short ? ` -s ${option.short.slice(1)}` : ''
  const long = option.long ? ` -l ${option.long.slice(2)}` : ''
  const values = valuesOf(option)
  const agents = option.long === '--agent' ? ` -x -a '(cadre agent-names 2>/dev/null)'` : ' -r -F'
  const completes = !option.required ? '' : values ? ` -x -a ${quoted(values.join(' '))}` : agents
  return `complete -c cadre ${seen}${short}${long}${completes} -d ${quoted(option.description)}`
}

/** Safe inside single quotes in all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
