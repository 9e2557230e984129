import { useEffect, useRef, useState } from 'react'

/**
 * Answers a function that runs `action` at once and then at most every `intervalMs`, the last
 * call included, so that a flood of events costs a bounded number of requests.
 */
export const useThrottled = (action: () => void, intervalMs: number) => {
  const latest = useRef(action)
  useEffect(() => {
    latest.current = action
  })
  const [throttle] = useState(() => createThrottle(() => latest.current(), intervalMs))
  useEffect(() => throttle.cancel, [throttle])
  return throttle.call
}

/** See {@link useThrottled}. */
export const createThrottle = (action: () => void, intervalMs: number) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isWanted = false

  const rest = () => {
    timer = undefined
    if (isWanted) call()
  }
  const call = () => {
    isWanted = timer !== undefined
    if (isWanted) return
    timer = setTimeout(rest, intervalMs)
    action()
  }
  const cancel = () => {
    clearTimeout(timer)
    timer = undefined
    isWanted = false
  }
  return { call, cancel }
}
