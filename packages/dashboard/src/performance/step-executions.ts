import type { StepPerformance } from '@cadre/contract'
import { formatCount, formatNumberOf } from '../ui/format.ts'

/** How often a step was executed, in words: `30 times, 2 failed · 90 elements · 3 undone`. */
export const executionsOf = (step: StepPerformance): string => {
  const { completed, failed, cancelled, skipped, elements, compensations } = step
  const counts = [
    formatNumberOf(completed + failed + cancelled, 'time'),
    failed > 0 && `${formatCount(failed)} failed`,
    skipped > 0 && `${formatCount(skipped)} skipped`,
    cancelled > 0 && `${formatCount(cancelled)} cancelled`,
  ].filter((word) => word !== false)
  const more = [
    elements !== null && formatNumberOf(elements.completed + elements.failed, 'element'),
    compensations !== null && `${formatCount(compensations.completed)} undone`,
  ].filter((word) => word !== false)
  return [counts.join(', '), ...more].join(' · ')
}
