import type { RunStep } from '@cadre/contract'

/** A line of a run's tree: a step, or how many elements were left out. */
export interface StepRow {
  label: string
  step: RunStep | null
  more: number
}

/**
 * The steps of a run as a tree: in the order of the definition, elements of a list below their
 * step, and compensations behind, in the order in which they began.
 */
export const stepRows = (
  steps: readonly RunStep[],
  order: readonly string[],
  itemsShown: number,
): StepRow[] => {
  const places = new Map(order.map((name, index) => [name, index]))
  const actions = steps.filter(({ is_compensation: isUndo }) => !isUndo)
  const whole = actions.filter(({ item }) => item === null)
  const elements = Map.groupBy(
    actions.filter(({ item }) => item !== null),
    ({ step }) => step,
  )
  const undone = steps.filter(({ is_compensation: isUndo }) => isUndo)
  const byPlace = (left: RunStep, right: RunStep) =>
    (places.get(left.step) ?? order.length) - (places.get(right.step) ?? order.length) ||
    byTime(left, right)
  return [
    ...whole
      .toSorted(byPlace)
      .flatMap((step) => [
        { label: step.step, step, more: 0 },
        ...elementRows(elements.get(step.step) ?? [], itemsShown),
      ]),
    ...undone.toSorted(byTime).map((step) => ({
      label: `↩ ${step.step}${step.item === null ? '' : ` [${step.item}]`}`,
      step,
      more: 0,
    })),
  ]
}

/** Those that failed or are held come first where not all are shown. */
const elementRows = (elements: readonly RunStep[], shown: number): StepRow[] => {
  const isBad = ({ status }: RunStep) => status === 'FAILED' || status === 'HELD'
  const chosen = [...elements.filter(isBad), ...elements.filter((step) => !isBad(step))]
    .slice(0, shown)
    .toSorted((left, right) => (left.item ?? 0) - (right.item ?? 0))
  const more = elements.length - chosen.length
  const rows = chosen.map((step) => ({ label: `├ [${step.item}]`, step, more: 0 }))
  if (more > 0) return [...rows, { label: '└ …', step: null, more }]
  const last = rows.pop()
  return last === undefined ? [] : [...rows, { ...last, label: last.label.replace('├', '└') }]
}

/** What has not begun comes last. */
const byTime = (left: RunStep, right: RunStep): number =>
  (left.released_at ?? '~').localeCompare(right.released_at ?? '~', 'en') ||
  left.step.localeCompare(right.step, 'en') ||
  (left.item ?? -1) - (right.item ?? -1)
