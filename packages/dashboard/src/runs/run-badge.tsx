import type { Run } from '@cadre/contract'
import { Badge } from '../ui/badge.tsx'
import { RUN_STATUS_WORDS } from './run-words.ts'

export const RunBadge = ({ run }: { run: Pick<Run, 'status'> }) => (
  <Badge tone={RUN_STATUS_WORDS[run.status].tone}>{RUN_STATUS_WORDS[run.status].label}</Badge>
)
