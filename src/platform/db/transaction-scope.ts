import { AsyncLocalStorage } from 'node:async_hooks'

interface Scope {
  isOpen: boolean
}

const scopes = new AsyncLocalStorage<Scope>()

/**
 * Runs a transaction's work so that {@link assertOutsideTransaction} can tell where it is called
 * from. Work that the callback leaves behind for later is not counted in.
 */
export const inTransactionScope = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const scope = { isOpen: true }
  try {
    return await scopes.run(scope, work)
  } finally {
    scope.isOpen = false
  }
}

/**
 * Inside a transaction only its own `tx` may be used. Asking the `Db` instead would wait for a
 * session that this very transaction holds: for ever on PGlite, and on PostgreSQL as soon as the
 * pool is busy. Better a clear defect than a standstill.
 */
export const assertOutsideTransaction = (): void => {
  if (scopes.getStore()?.isOpen === true)
    throw new Error('Broken invariant: inside a transaction only its own tx may be used')
}
