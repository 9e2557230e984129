import { enableCompileCache, flushCompileCache } from 'node:module'
import { COMPILE_CACHE } from '../src/compile-cache.ts'

/** Compiles the server's modules once, at install, so that even the first start is a quick one. */
enableCompileCache(COMPILE_CACHE)
await import('../src/compose.ts')
flushCompileCache()
