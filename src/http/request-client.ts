import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'
import { createMiddleware } from 'hono/factory'
import type { AppEnv, RequestClient } from '#platform/web/context.ts'

/** RFC 6797: from now on by TLS only. Said only where TLS is spoken. */
const STRICT_TRANSPORT = ['strict-transport-security', 'max-age=31536000'] as const

/** Notes where each request comes from. */
export const requestClient = (proxyHops: number) =>
  createMiddleware<AppEnv>((context, next) => {
    const client = clientOf(context.env.incoming, proxyHops)
    context.set('client', client)
    if (client.isSecure) context.env.outgoing.setHeader(...STRICT_TRANSPORT)
    return next()
  })

/**
 * Every proxy adds whom it saw to the end of `X-Forwarded-For`, so only as many entries from the
 * end are believed as there are proxies of ours: a caller may write what it likes before them.
 */
export const clientOf = (
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  proxyHops: number,
): RequestClient => {
  const nearest = networkOf(socket.remoteAddress ?? '')
  if (proxyHops === 0) return { address: nearest, isSecure: false }
  const seen = String(headers['x-forwarded-for'] ?? '').split(',')
  const given = seen.at(-proxyHops)?.trim() ?? ''
  const schemes = String(headers['x-forwarded-proto'] ?? '').split(',')
  return {
    address: isIPv4(given) || isIPv6(given) ? networkOf(given) : nearest,
    isSecure: schemes.at(-1)?.trim().toLowerCase() === 'https',
  }
}

/** One customer has a whole IPv6 network of 64 bits; IPv4 within IPv6 is one address. */
const networkOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [
    ...first,
    ...Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0'),
    ...last,
  ]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
