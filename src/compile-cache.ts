import { join } from 'node:path'

/** Where modules are kept compiled and stripped of their types, between starts. */
export const COMPILE_CACHE = join(import.meta.dirname, '..', '.build', 'compile-cache')
