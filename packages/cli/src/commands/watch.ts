import type { CadreEvent } from '@cadre/contract'
import { agentFilter } from '../agent-filter.ts'
import { eventFeed } from '../event-feed.ts'
import { onInterrupt } from '../interrupts.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { duration, percent, statusStyle } from '../wording.ts'

interface WatchOptions {
  task?: string
  run?: string
  agent?: string
}

/** `cadre watch`: one line per event until Ctrl-C, whatever happens to the connection. */
export const watchEvents: Action<[], WatchOptions> = async (session, _args, options) => {
  const { terminal, connection } = session
  const isWanted =
    options.agent === undefined ? () => true : await agentFilter(session.client, options.agent)
  const printLine = linePrinter(terminal)
  const stop = new AbortController()
  let isConnected = false
  let isFirst = true
  let refusal: unknown
  const stopListening = onInterrupt(session.signals, () => stop.abort())
  const feed = eventFeed(session, {
    subjectId: options.run ?? options.task,
    signal: stop.signal,
    onConnect: () => {
      if (isFirst) terminal.note(`Watching ${connection.url}. Ctrl-C ends.`)
      else terminal.note('Connected again.')
      isConnected = true
      isFirst = false
    },
    onDisconnect: ({ cause }) => {
      // Somebody who has just typed the command wants to hear that it cannot work.
      if (isFirst) {
        refusal = cause
        stop.abort()
      } else if (isConnected) terminal.note('The connection is lost; trying again …')
      isConnected = false
    },
  })
  try {
    for await (const event of feed) {
      if (!isWanted(event)) continue
      if (terminal.isJson) terminal.record(event)
      else printLine(event)
    }
  } finally {
    stopListening()
  }
  if (refusal !== undefined) throw refusal
}

/** Later events of a task name its agent by id only; earlier ones have told the name. */
const linePrinter = (terminal: Terminal) => {
  const names = new Map<string, string>()
  const nameOf = ({ agent_id: id, agent_name: name }: CadreEvent['data']): string => {
    if (id && name) names.set(id, name)
    return name ?? names.get(id ?? '') ?? ''
  }
  return ({ at, type, subject_id, data }: CadreEvent): void => {
    const style = data.status ? statusStyle(data.status) : 'white'
    const words = [
      terminal.paint('dim', new Date(at).toTimeString().slice(0, 8)),
      terminal.paint(style, printable(type).padEnd(16)),
      printable(subject_id),
      printable(nameOf(data)),
      terminal.paint('dim', detailOf(data)),
    ]
    terminal.line(words.filter((word) => word !== '').join('  '))
  }
}

const detailOf = (data: CadreEvent['data']): string => {
  const parts = [
    data.workflow_name,
    data.item === undefined ? data.step : `${data.step} [${data.item}]`,
    typeof data.fraction === 'number' ? percent(data.fraction) : undefined,
    typeof data.duration_ms === 'number' ? duration(data.duration_ms) : undefined,
    data.message,
    data.error,
    data.title,
  ]
  return printable(parts.filter(Boolean).join(' · '))
}
