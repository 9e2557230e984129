import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** The worker's program: its modules as JavaScript, by URL. */
export interface WorkerSource {
  entry: string
  modules: Readonly<Record<string, string>>
}

const RELATIVE_IMPORT = /from '(\.[^']+)'/g

/**
 * Reads the worker's modules and strips their types once. A worker that loads them through
 * {@link WORKER_BOOTSTRAP} starts in half the time of one that strips types for itself, and can
 * import nothing else.
 */
export const readWorkerSource = (entry: URL): WorkerSource => {
  const modules: Record<string, string> = {}
  const pending = [entry]
  for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
    if (url.href in modules) continue
    const code = stripTypeScriptTypes(readFileSync(url, 'utf8'))
    modules[url.href] = code
    for (const [, path] of code.matchAll(RELATIVE_IMPORT)) pending.push(new URL(path ?? '', url))
  }
  return { entry: entry.href, modules }
}

/**
 * The first code of every worker. It serves imports from the given modules, allows the one
 * built-in that they need, and takes away the ways to reach any other.
 */
export const WORKER_BOOTSTRAP = `
'use strict'
const { registerHooks } = require('node:module')
const { entry, modules } = require('node:worker_threads').workerData
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'node:worker_threads') return next(specifier, context)
    const url = new URL(specifier, context.parentURL ?? entry).href
    if (!Object.hasOwn(modules, url)) throw new Error('Not part of the worker: ' + specifier)
    return { url, format: 'module', shortCircuit: true }
  },
  load(url, context, next) {
    if (!Object.hasOwn(modules, url)) return next(url, context)
    return { format: 'module', source: modules[url], shortCircuit: true }
  },
})
for (const name of ['getBuiltinModule', 'binding', 'dlopen']) process[name] = undefined
for (const name of ['require', 'module', 'fetch', 'WebSocket', 'EventSource']) delete globalThis[name]
import(entry)
`
