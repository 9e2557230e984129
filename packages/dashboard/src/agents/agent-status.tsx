import type { Agent, AgentStatus } from '@cadre/contract'
import { cx } from '../ui/cx.ts'

const WORDS: Record<AgentStatus, { label: string; dot: string; note: string }> = {
  IDLE: { label: 'Idle', dot: 'bg-good', note: 'Ready for work' },
  BUSY: { label: 'Busy', dot: 'bg-accent', note: 'Working on a task' },
  DISABLED: { label: 'Disabled', dot: 'bg-control', note: 'Gets no new work' },
}

const AWAY = {
  label: 'Not connected',
  dot: 'bg-warn',
  note: 'No process of it is there to take work',
} as const

/** One that runs elsewhere, has nothing in hand, and no process of it is connected. */
const isAway = ({ status, presence }: Agent): boolean =>
  status === 'IDLE' && presence?.instances === 0

export const AgentStatusDot = ({ agent }: { agent: Agent }) => {
  const words = isAway(agent) ? AWAY : WORDS[agent.status]
  return (
    <span title={words.note} className="inline-flex items-center gap-1.5 text-xs text-muted">
      <span aria-hidden className={cx('size-1.5 rounded-full', words.dot)} />
      {words.label}
    </span>
  )
}

export const RUNTIME_WORDS = { wasm: 'WASM', remote: 'Remote' } as const
