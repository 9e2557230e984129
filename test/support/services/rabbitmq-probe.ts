import { connect } from 'amqplib'
import { createRabbitMqManagement } from './rabbitmq-management.ts'

const CONNECT_MS_MAX = 3_000
const VERSION_MIN = '3.10.0'
const MANAGEMENT_PORT = 15_672

/** Where the management API of the server at `url` is, unless the environment says otherwise. */
export const managementOf = (url: string): string => {
  const named = process.env['CADRE_TEST_AMQP_MANAGEMENT_URL']
  if (named !== undefined) return named
  const { username, password, hostname } = new URL(url)
  return `http://${username}:${password}@${hostname}:${MANAGEMENT_PORT}`
}

/** Null when a server of a fit version and its management API answer; otherwise the reason. */
export const whyUnreachable = async (url: string): Promise<string | null> => {
  try {
    const connection = await connect(url, { timeout: CONNECT_MS_MAX })
    await connection.close()
    const version = await createRabbitMqManagement(managementOf(url)).version()
    const isFit = version.localeCompare(VERSION_MIN, undefined, { numeric: true }) >= 0
    return isFit ? null : `version ${version} is older than ${VERSION_MIN}`
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error)
  }
}
