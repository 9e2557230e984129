import type { GuestEnd } from '../wasi/guest-end.ts'

/** What threw out of a program's start, told apart. */
export const endOfError = (error: unknown, isGrowthRefused: boolean): GuestEnd => {
  if (isStackOverflow(error)) return trap('stack overflow')
  if (error instanceof WebAssembly.RuntimeError) {
    return isGrowthRefused && mayFollowFailedGrowth(error.message)
      ? outOfMemory(`its memory could not grow further (${error.message})`)
      : trap(error.message)
  }
  if (error instanceof WebAssembly.Exception) return trap('uncaught exception')
  return { outcome: 'runner_lost', error: `A host call failed: ${describe(error)}` }
}

/** Instantiation copies segments into memory and tables; nothing of the program runs yet. */
export const endOfInstantiation = (error: unknown): GuestEnd => {
  if (error instanceof WebAssembly.RuntimeError) return trap(error.message)
  if (error instanceof RangeError) return outOfMemory('its memory could not be reserved')
  return { outcome: 'invalid_module', error: `The module cannot be linked: ${describe(error)}` }
}

/** How allocators die when they get no memory: an abort, or a write through a null pointer. */
const mayFollowFailedGrowth = (trapMessage: string): boolean =>
  trapMessage === 'unreachable' || trapMessage === 'memory access out of bounds'

const isStackOverflow = (error: unknown): boolean =>
  error instanceof RangeError && error.message.includes('call stack')

const trap = (kind: string): GuestEnd => ({
  outcome: 'trap',
  error: `The program trapped: ${kind}.`,
})

const outOfMemory = (why: string): GuestEnd => ({
  outcome: 'out_of_memory',
  error: `The program ran out of memory: ${why}.`,
})

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
