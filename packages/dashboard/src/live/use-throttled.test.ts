import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createThrottle } from './use-throttled.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('flood of calls → one at once, one per interval, and a last one', () => {
  const action = vi.fn()
  const throttle = createThrottle(action, 100)
  for (let call = 0; call < 1_000; call += 1) throttle.call()
  expect(action).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(100)
  expect(action).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(1_000)
  expect(action).toHaveBeenCalledTimes(2)
})

test('cancelled → the waiting call is dropped, later ones run', () => {
  const action = vi.fn()
  const throttle = createThrottle(action, 100)
  throttle.call()
  throttle.call()
  throttle.cancel()
  vi.advanceTimersByTime(1_000)
  expect(action).toHaveBeenCalledTimes(1)
  throttle.call()
  expect(action).toHaveBeenCalledTimes(2)
})
