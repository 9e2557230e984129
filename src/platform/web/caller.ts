import { AsyncLocalStorage } from 'node:async_hooks'
import type { Principal } from './context.ts'

/** Whose request the running code answers, and where it came from. */
export interface Caller {
  /** Null before anybody was identified. */
  principal: Principal | null
  ip: string | null
  userAgent: string | null
  requestId: string
  /** Method and template, such as `POST /api/v1/agents/:id/disable`. */
  route: string
}

const callers = new AsyncLocalStorage<() => Caller>()

/** Runs a request's work; `describe` is asked only if somebody wants to know. */
export const onBehalfOf = <Result>(describe: () => Caller, work: () => Result): Result =>
  callers.run(describe, work)

/**
 * The caller of the request that this code runs for; null for what the platform does by itself.
 * Work that is put off, such as a group commit, runs on behalf of whoever came first: ask before.
 */
export const currentCaller = (): Caller | null => callers.getStore()?.() ?? null
