import type { CadreEvent } from '@cadre/contract'
import { useSyncExternalStore } from 'react'
import { createStore } from '../ui/store.ts'

export interface RateSecond {
  /** Whole seconds since 1970; the identity of the bucket. */
  second: number
  completed: number
  failed: number
  other: number
}

export const RATE_SECONDS = 60

const FAILURES: ReadonlySet<string> = new Set(['task.retried', 'task.quarantined'])

let current = newBuckets(nowSecond())
const rates = createStore<readonly RateSecond[]>(current)
let timer: ReturnType<typeof setInterval> | undefined

function nowSecond() {
  return Math.floor(Date.now() / 1000)
}

function newBuckets(last: number): RateSecond[] {
  return Array.from({ length: RATE_SECONDS }, (_, index) => ({
    second: last - RATE_SECONDS + 1 + index,
    completed: 0,
    failed: 0,
    other: 0,
  }))
}

/** Counts events by the second in which this page received them. */
export const recordEvents = (batch: readonly CadreEvent[]) => {
  advance()
  const bucket = current.at(-1)
  if (bucket === undefined) return
  for (const event of batch) {
    if (event.type === 'task.completed') bucket.completed += 1
    else if (FAILURES.has(event.type)) bucket.failed += 1
    else bucket.other += 1
  }
}

const advance = () => {
  const missing = nowSecond() - (current.at(-1)?.second ?? 0)
  if (missing <= 0) return
  current = [...current, ...newBuckets(nowSecond()).slice(-missing)].slice(-RATE_SECONDS)
}

const publish = () => {
  advance()
  rates.set(current.map((bucket) => ({ ...bucket })))
}

const subscribe = (listener: () => void) => {
  timer ??= setInterval(publish, 1000)
  const unsubscribe = rates.subscribe(listener)
  return () => {
    unsubscribe()
    if (rates.size() > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The last minute of events, one bucket per second, oldest first; redrawn each second. */
export const useEventRate = () => useSyncExternalStore(subscribe, rates.get)
