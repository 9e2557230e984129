import { createRequire } from 'node:module'

/** The policy language, as WebAssembly. */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs')

/** An instance with a memory of its own, whatever became of others. It takes some 80 ms and 40 MB. */
const freshCedar = (): Cedar => {
  const require = createRequire(import.meta.url)
  const path = require.resolve('@cedar-policy/cedar-wasm/nodejs')
  delete require.cache[path]
  return require(path) as Cedar
}

let deciding: Cedar | null = null
let checking: Cedar | null = null

/** The instance that decides, made when a tenant first has a policy. It reads sound policies only. */
export const loadCedar = (): Cedar => (deciding ??= freshCedar())

/**
 * Lets a text meet an instance that decides nothing: one that fails is thrown away, for it does not
 * recover. Answers null then.
 */
export const tryCedar = <Answer>(ask: (cedar: Cedar) => Answer): Answer | null => {
  checking ??= freshCedar()
  try {
    return ask(checking)
  } catch {
    checking = null
    return null
  }
}
