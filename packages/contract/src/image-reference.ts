import { z } from 'zod'

// References to container images, by the grammar of the distribution project (reference/reference.go).

/** The whole name, registry and path, has so many characters at the most. */
const NAME_LENGTH_MAX = 255
const REFERENCE_LENGTH_MAX = 400
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const DOMAIN_COMPONENT = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])$/
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/
const IP_V6 = /^\[[a-fA-F0-9:]+\]$/
const PORT = /^[0-9]{1,5}$/
const PORT_MAX = 65_535
const SHA256 = /^[a-f0-9]{64}$/

/** What is wrong with a reference; null where it is one, and pinned. */
export const imageReferenceFault = (text: string): string | null => {
  const at = text.indexOf('@')
  if (text.includes('://')) return 'is an address; leave out what stands ahead of the registry'
  if (at === -1) return 'must be pinned by its digest: registry/name@sha256:…'
  const name = text.slice(0, at)
  return digestFault(text.slice(at + 1)) ?? nameFault(name)
}

const digestFault = (digest: string): string | null => {
  const [algorithm, hex, ...rest] = digest.split(':')
  if (algorithm !== 'sha256' || hex === undefined || rest.length > 0)
    return 'must be pinned by a digest of SHA-256: @sha256: and 64 hexadecimal digits'
  return SHA256.test(hex)
    ? null
    : 'has a digest that is not made of 64 hexadecimal digits in lower case'
}

const nameFault = (name: string): string | null => {
  if (name.length > NAME_LENGTH_MAX)
    return `has a name of more than ${NAME_LENGTH_MAX} characters ahead of its digest`
  const [registry = '', ...path] = name.split('/')
  if (path.length === 0 || !isRegistry(registry))
    return 'must begin with its registry, such as registry.example.com/team/name'
  const last = path.at(-1) ?? ''
  if (last.includes(':'))
    return 'must not name a tag beside the digest, which alone says what it is'
  const wrong = path.find((part) => !PATH_COMPONENT.test(part))
  if (wrong === undefined) return null
  return `has a part ${JSON.stringify(wrong)}; parts are lower-case letters and digits, joined by one . or _, two _, or hyphens`
}

/** The first part is a registry when it cannot be the beginning of a path. */
const isRegistry = (text: string): boolean => {
  const [, host = '', port] = HOST_AND_PORT.exec(text) ?? []
  if (port !== undefined && !(PORT.test(port) && Number(port) <= PORT_MAX && Number(port) > 0))
    return false
  if (IP_V6.test(host)) return true
  const isTold = host.includes('.') || port !== undefined || host === 'localhost'
  return isTold && host.split('.').every((part) => DOMAIN_COMPONENT.test(part))
}

/** `registry/name@sha256:…`: always the same bytes, whoever fetches it and whenever. */
export const ImageReference = z
  .string()
  .max(REFERENCE_LENGTH_MAX)
  .check((context) => {
    const message = imageReferenceFault(context.value)
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value })
  })
  .meta({
    example: `registry.example.com/team/translator@sha256:${'0'.repeat(64)}`,
  })

/** The digest by which a sound reference is pinned, in hexadecimal. */
export const digestOfImage = (reference: string): string =>
  reference.slice(reference.indexOf('@sha256:') + '@sha256:'.length)
