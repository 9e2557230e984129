import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'

const CERTIFICATES = join(import.meta.dirname, 'certificates')
/** What those who come through the door must trust. */
export const AUTHORITY_FILE = join(CERTIFICATES, 'authority.pem')

/** Lets encrypted connections in to a server that knows none. */
export const tlsDoorTo = async (serverUrl: string) => {
  const target = new URL(serverUrl)
  const [key, cert] = await Promise.all(
    ['server.key', 'server.pem'].map((name) => readFile(join(CERTIFICATES, name))),
  )
  const server = createServer({ key, cert }, (outer) => {
    const inner = connect(Number(target.port), target.hostname)
    outer.pipe(inner).pipe(outer)
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy())
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy())
  })
  // Who does not trust it goes away again.
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(serverUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    /** With the protocol's letter for encryption, such as `amqps:`. */
    url: url.href.replace(/^(\w+):/, '$1s:'),
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
