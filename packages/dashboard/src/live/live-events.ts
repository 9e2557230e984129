import type { CadreEvent } from '@cadre/contract'
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react'
import { createStore } from '../ui/store.ts'
import { recordEvents } from './event-rate.ts'
import { followEvents, type StreamState } from './event-stream.ts'

type BatchListener = (batch: readonly CadreEvent[]) => void

/** Beyond this many events in one frame the page fetches the state again instead of replaying. */
const BATCH_EVENTS_MAX = 4_000
/** A tab that nobody looks at gives its connection back: browsers allow six per server. */
const HIDDEN_MS_MAX = 60_000

const batchListeners = new Set<BatchListener>()
const resyncListeners = new Set<() => void>()
const state = createStore<StreamState>('connecting')
let buffer: CadreEvent[] = []
let hasOverflown = false
let frame: number | null = null

const flush = () => {
  frame = null
  const batch = buffer
  buffer = []
  recordEvents(batch)
  if (hasOverflown) resync()
  else for (const listener of batchListeners) listener(batch)
}

const resync = () => {
  hasOverflown = false
  for (const listener of resyncListeners) listener()
}

/** Events are handed on once per frame, so that thousands per second cost sixty updates. */
const enqueue = (event: CadreEvent) => {
  if (buffer.length < BATCH_EVENTS_MAX) buffer.push(event)
  else hasOverflown = true
  frame ??= requestAnimationFrame(flush)
}

/** Follows the events while the page is in view. Answers how to stop. */
export const startLiveEvents = (): (() => void) => {
  const open = () => followEvents({ onEvent: enqueue, onState: state.set, onOpen: resync })
  let stream: ReturnType<typeof followEvents> | null = open()
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined

  const pause = () => {
    stream?.stop()
    stream = null
    state.set('paused')
  }
  const onVisibility = () => {
    clearTimeout(hiddenTimer)
    if (document.hidden) hiddenTimer = setTimeout(pause, HIDDEN_MS_MAX)
    else stream ??= open()
  }

  document.addEventListener('visibilitychange', onVisibility)
  return () => {
    clearTimeout(hiddenTimer)
    document.removeEventListener('visibilitychange', onVisibility)
    stream?.stop()
    buffer = []
  }
}

export const useStreamState = () => useSyncExternalStore(state.subscribe, state.get)

/** Calls `listener` with the events of each frame while the component is shown. */
export const useLiveEvents = (listener: BatchListener) => {
  const onBatch = useEffectEvent(listener)
  useEffect(() => {
    const handle: BatchListener = (batch) => onBatch(batch)
    batchListeners.add(handle)
    return () => void batchListeners.delete(handle)
  }, [])
}

/**
 * Collects events while a list is being fetched, so that an answer from before them can be brought
 * up to date. Answers how to stop, which hands over what was collected.
 */
export const captureEvents = (): (() => readonly CadreEvent[]) => {
  const captured: CadreEvent[] = []
  const capture: BatchListener = (batch) => {
    if (captured.length < BATCH_EVENTS_MAX) captured.push(...batch)
  }
  batchListeners.add(capture)
  return () => {
    batchListeners.delete(capture)
    return captured
  }
}

/** Calls `listener` when events may have been missed, so that it fetches the state again. */
export const useResync = (listener: () => void) => {
  const onResync = useEffectEvent(listener)
  useEffect(() => {
    const handle = () => onResync()
    resyncListeners.add(handle)
    return () => void resyncListeners.delete(handle)
  }, [])
}
