import type { StepKind } from '@cadre/contract'
import {
  Bot,
  Hourglass,
  Radio,
  Rows3,
  UserRoundCheck,
  Workflow,
  type LucideIcon,
} from 'lucide-react'
import { STEP_KIND_WORDS } from './run-words.ts'

const ICONS: Record<StepKind, LucideIcon> = {
  agent: Bot,
  fan_out: Rows3,
  workflow: Workflow,
  approval: UserRoundCheck,
  signal: Radio,
  delay: Hourglass,
}

/** What a step is: an agent's work, a list, a person's decision … */
export const KindIcon = ({ kind, size = 13 }: { kind: StepKind; size?: number }) => {
  const Icon = ICONS[kind]
  return <Icon size={size} strokeWidth={1.9} role="img" aria-label={STEP_KIND_WORDS[kind]} />
}
