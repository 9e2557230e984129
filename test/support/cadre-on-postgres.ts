import { createTestDatabase } from './databases.ts'
import { startCadre, type RunningCadre, type StartOptions } from './start-cadre.ts'

/**
 * Starts Cadre on a database of its own in the PostgreSQL of the run, which costs a tenth of what
 * the embedded one does. For tests to which the database is all one, and which need no
 * demonstration agents.
 */
export const startCadreOnPostgres = async (
  settings: Record<string, string> = {},
  options: StartOptions = {},
): Promise<RunningCadre> => {
  const database = await createTestDatabase('postgres')
  const cadre = await startCadre({ ...settings, CADRE_DATABASE_URL: database.url ?? '' }, options)
  return {
    ...cadre,
    stop: async () => {
      await cadre.stop()
      await database.drop()
    },
  }
}
