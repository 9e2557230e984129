import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client } from '@cadre/contract'
import { compose, type Cadre } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { insertPrincipals, type SeededPrincipal } from './insert-principals.ts'

/** A whole Cadre in this process, with its own data directory and port. */
export interface RunningCadre {
  url: string
  /** The administrator's key. */
  key: string
  dataDirectory: string
  /** Calls as the administrator. */
  client: Client
  /** Calls as somebody else; without a key, as nobody. */
  clientOf(key?: string): Client
  /** A raw request with the administrator's key unless `headers` say otherwise. */
  request(path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

const ADMIN_KEY = 'administrator-key-of-the-tests'

/** What is in the database before the server begins on it. */
export interface StartOptions {
  principals?: readonly SeededPrincipal[]
  prepare?: (db: Db) => Promise<void>
}

/** Starts on the embedded database unless `settings` name another one. */
export const startCadre = async (
  settings: Record<string, string> = {},
  options: StartOptions = {},
): Promise<RunningCadre> => {
  const dataDirectory = settings['CADRE_DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'cadre-test-')))
  const cadre: Cadre = await compose(
    readConfig({
      CADRE_PORT: '0',
      CADRE_ADMIN_KEY: ADMIN_KEY,
      CADRE_LOG_LEVEL: process.env['CADRE_TEST_LOG_LEVEL'] ?? 'silent',
      CADRE_SHUTDOWN_SECONDS: '2',
      // Each costs a thread that waits in the sandbox from the start.
      CADRE_EXECUTIONS_MAX: '2',
      ...settings,
      CADRE_DATA_DIR: dataDirectory,
    }),
    (db) => prepareDatabase(db, options),
  )
  const clientOf = (key?: string) => createClient({ baseUrl: cadre.url, key, fetch })
  return {
    url: cadre.url,
    key: ADMIN_KEY,
    dataDirectory,
    client: clientOf(ADMIN_KEY),
    clientOf,
    request: (path, init = {}) =>
      fetch(cadre.url + path, {
        ...init,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, ...init.headers },
      }),
    stop: async () => {
      await cadre.stop()
      if (settings['CADRE_DATA_DIR'] === undefined)
        await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

const prepareDatabase = async (db: Db, { principals = [], prepare }: StartOptions) => {
  await insertPrincipals(db, principals)
  await prepare?.(db)
}
