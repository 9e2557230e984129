import { enableCompileCache } from 'node:module'
import { COMPILE_CACHE } from './compile-cache.ts'

// What this file imports is compiled, and stripped of its types, once and not at every start.
enableCompileCache(COMPILE_CACHE)
const { compose } = await import('./compose.ts')
const { readConfig } = await import('./config.ts')

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const

const main = async (): Promise<void> => {
  const cadre = await compose(readConfig())
  const stopping = Promise.race(
    STOP_SIGNALS.map((signal) => new Promise((resolve) => process.once(signal, resolve))),
  )
  console.log(readyLine(cadre))
  await stopping
  // A second signal does not wait for running work.
  for (const signal of STOP_SIGNALS) process.once(signal, () => process.exit(130))
  await cadre.stop()
}

const readyLine = ({ url, newKey }: { url: string; newKey: string | null }): string =>
  newKey === null
    ? `Cadre is ready at ${url}`
    : `Cadre is ready at ${url}/#key=${newKey} (administrator key, shown this once: ${newKey})`

try {
  await main()
} catch (error) {
  console.error(`Cadre cannot start. ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
