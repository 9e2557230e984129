import type { Attempt } from '@cadre/contract'
import { ChevronRight, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../ui/cx.ts'
import { formatDuration } from '../ui/format.ts'
import { LoadMoreButton } from '../ui/load-more.tsx'
import { useElements } from './element-list.tsx'
import { stepStateWords } from './run-words.ts'
import { StepIcon } from './state-icon.tsx'
import { ticksMax, timelineGridClass } from './time-axis.tsx'
import { spansOf, ticksOf, type Span, type TimelineRow, type TimeRange } from './timeline-model.ts'
import { useChoose } from './use-choose.ts'

export interface TimelineRowProps {
  row: TimelineRow
  range: TimeRange
  /** When the run began. */
  start: number
  attempts: readonly Attempt[] | undefined
  now: number
  isElement?: boolean
}

/** One step on the time line; a list can be opened to show its elements. */
export const TimelineBarRow = (props: TimelineRowProps) => {
  const { row, isElement = false } = props
  const { step, title } = row
  const choose = useChoose()
  const [isOpen, setOpen] = useState(false)
  const canOpen = step.items !== null && step.items > 0 && !step.is_compensation
  return (
    <li>
      <div className={cx(timelineGridClass, 'items-center hover:bg-hover')}>
        <div className={cx('flex min-w-0 items-center', isElement && 'pl-5')}>
          {canOpen && (
            <button
              type="button"
              aria-expanded={isOpen}
              aria-label={`Elements of ${title}`}
              onClick={() => setOpen(!isOpen)}
              className="-ml-1.5 grid size-5 shrink-0 place-items-center rounded text-muted hover:bg-selected"
            >
              <ChevronRight
                size={13}
                aria-hidden
                className={cx('transition-transform', isOpen && 'rotate-90')}
              />
            </button>
          )}
          <button
            type="button"
            data-row
            onClick={() =>
              choose({
                step: step.step,
                ...(step.is_compensation && { undo: true }),
                ...(isElement && { element: step.id }),
              })
            }
            className="flex h-8 min-w-0 flex-1 items-center gap-1.5 rounded text-left text-sm -outline-offset-2"
          >
            <StepIcon step={step} />
            {step.is_compensation && (
              <Undo2 size={13} className="shrink-0 text-warn" aria-label="Undoing" />
            )}
            <span className="min-w-0 truncate">{isElement ? `${title} ${step.item}` : title}</span>
          </button>
        </div>
        <Bars {...props} />
      </div>
      {isOpen && <ElementRows {...props} />}
    </li>
  )
}

const FILLS: Record<Span['look'], string> = {
  wait: 'fill-line-strong',
  running: 'fill-accent',
  done: 'fill-good',
  failed: 'fill-bad',
  cancelled: 'fill-control',
  idle: 'fill-line',
}

const BAR_TOP = 9
const BAR_HEIGHT = 14
const WAIT_HEIGHT = 4
const WIDTH_PERCENT_MIN = 0.35

const Bars = ({ row: { step }, range, start, attempts, now }: TimelineRowProps) => {
  const length = range.to - range.from
  const percent = (time: number) => ((time - range.from) / length) * 100
  const spans = spansOf(step, attempts, now).filter(
    (span) => span.to >= range.from && span.from <= range.to,
  )
  return (
    <svg
      width="100%"
      height={32}
      role="img"
      aria-label={spans.map(inWords).join(', ')}
      className="block overflow-hidden"
    >
      {ticksOf(range, start, ticksMax()).map(({ fraction, offsetMs }) => (
        <line
          key={offsetMs}
          x1={`${fraction * 100}%`}
          x2={`${fraction * 100}%`}
          y2={32}
          className="stroke-line"
        />
      ))}
      {spans.map((span, index) => {
        const from = Math.max(0, percent(span.from))
        const to = Math.min(100, percent(span.to))
        const isWait = span.look === 'wait'
        const isUndoing = step.is_compensation && (span.look === 'done' || span.look === 'running')
        return (
          <rect
            key={`${span.from} ${index}`}
            x={`${Math.min(from, 100 - WIDTH_PERCENT_MIN)}%`}
            width={`${Math.max(isWait ? 0 : WIDTH_PERCENT_MIN, to - from)}%`}
            y={isWait ? BAR_TOP + (BAR_HEIGHT - WAIT_HEIGHT) / 2 : BAR_TOP}
            height={isWait ? WAIT_HEIGHT : BAR_HEIGHT}
            rx={isWait ? 2 : 3}
            className={isUndoing ? 'fill-warn' : FILLS[span.look]}
          >
            <title>{`${stepStateWords(step).label} · ${inWords(span)}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}

const inWords = ({ words, from, to }: Span) => `${words} ${formatDuration(to - from)}`

const ElementRows = (props: TimelineRowProps) => {
  const { step, title } = props.row
  const elements = useElements(step)
  const items = elements.items.filter(
    ({ item, released_at }) => item !== null && released_at !== null,
  )
  return (
    <ol aria-label={`Elements of ${title}`}>
      {items.map((element) => (
        <TimelineBarRow
          {...props}
          key={element.id}
          row={{ key: element.id, title, step: element }}
          attempts={undefined}
          isElement
        />
      ))}
      {elements.hasNextPage && (
        <li className="flex justify-center py-2">
          <LoadMoreButton list={elements} size="small" label="More elements" />
        </li>
      )}
    </ol>
  )
}
