import pg from 'pg'

const CONNECT_MS_MAX = 3_000
const VERSION_MIN = 150_000

/** Null when a server of a fit version answers; otherwise the reason. */
export const whyUnreachable = async (url: string): Promise<string | null> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    )
    const version = Number(rows[0]?.version)
    return version >= VERSION_MIN ? null : `version ${version} is older than ${VERSION_MIN}`
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error)
  } finally {
    await client.end().catch(() => {})
  }
}
