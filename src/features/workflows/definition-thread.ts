import { parentPort } from 'node:worker_threads'
import type { GivenSource } from './language/given-source.ts'
import {
  readDefinition,
  type DefinitionLimits,
  type ReadDefinition,
} from './language/read-definition.ts'

// The thread of `definition-reader.ts`: one job is one definition.

export interface ReadJob {
  source: GivenSource
  limits: DefinitionLimits
}
export type ReadAnswer = { read: ReadDefinition } | { fault: string }

const port = parentPort
if (port === null) throw new Error('This file runs as a worker thread only.')

port.on('message', ({ source, limits }: ReadJob) => port.postMessage(answerTo(source, limits)))

const answerTo = (source: ReadJob['source'], limits: ReadJob['limits']): ReadAnswer => {
  try {
    return { read: readDefinition(source, limits) }
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
