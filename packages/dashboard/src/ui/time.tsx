import { useSyncExternalStore } from 'react'
import { createStore } from './store.ts'
import { formatAge, formatMoment } from './format.ts'

const TICK_MS = 1_000
const clock = createStore(Date.now())
let timer: ReturnType<typeof setInterval> | undefined

const subscribe = (listener: () => void) => {
  if (timer === undefined) {
    clock.set(Date.now())
    timer = setInterval(() => clock.set(Date.now()), TICK_MS)
  }
  const unsubscribe = clock.subscribe(listener)
  return () => {
    unsubscribe()
    if (clock.size() > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time in milliseconds, once a second; one timer serves the whole page. */
export const useNow = () => useSyncExternalStore(subscribe, clock.get)

/** How old something is, ticking, where a column says so; the exact moment on hover. */
export const Age = ({ at }: { at: string }) => {
  const now = useNow()
  return (
    <time dateTime={at} title={formatMoment(at)}>
      {formatAge(Math.max(0, now - Date.parse(at)))}
    </time>
  )
}

/** How long ago something happened, ticking; the exact moment on hover. */
export const Ago = ({ at }: { at: string }) => {
  const now = useNow()
  const age = formatAge(Math.max(0, now - Date.parse(at)))
  return (
    <time dateTime={at} title={formatMoment(at)}>
      {age === 'now' ? age : `${age} ago`}
    </time>
  )
}
