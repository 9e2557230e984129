import { CadreError, createClient, type ErrorBody } from '@cadre/contract'
import { xhrFetch } from './upload.ts'

/**
 * Refusals of the session (`ended`) and of its whole tenant (`suspended`) reach the gate through
 * this, whichever request met them first.
 */
export const sessionEnded = new EventTarget()

/** The server asks for this header on unsafe methods, which another site's form cannot send. */
const withRequestHeader = (init: RequestInit | undefined): RequestInit => {
  const headers = new Headers(init?.headers)
  if (init?.method !== undefined && init.method !== 'GET') headers.set('x-cadre-request', '1')
  return { ...init, headers, credentials: 'same-origin' }
}

/** Where 401 says that what was shown is wrong, and nothing of the session. */
const isAboutCredential = (url: string) =>
  /\/api\/v1\/(?:session|password|password\/reset|invitations\/accept)$/.test(url)

/** Says what a person can do when no answer came at all. */
const unreachable = () =>
  new CadreError(0, {
    code: 'http.unreachable',
    message: 'Cadre did not answer. Check that it is running and that you are online.',
  })

const tellGate = async (response: Response): Promise<void> => {
  if (response.status === 401) sessionEnded.dispatchEvent(new Event('ended'))
  if (response.status !== 403) return
  const body = (await response
    .clone()
    .json()
    .catch(() => null)) as ErrorBody | null
  if (body?.error?.code === 'tenant.suspended') sessionEnded.dispatchEvent(new Event('suspended'))
}

const sessionFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, withRequestHeader(init)).catch((cause: unknown) => {
    throw init?.signal?.aborted ? cause : unreachable()
  })
  if (!isAboutCredential(String(input))) await tellGate(response)
  return response
}

/** Every call of the dashboard goes through this client, with the session cookie. */
export const api = createClient({ baseUrl: '', fetch: sessionFetch })

/** A client whose uploads tell their progress as a fraction of 1. */
export const uploadClient = (onProgress: (fraction: number) => void, signal: AbortSignal) =>
  createClient({
    baseUrl: '',
    fetch: (input, init) => xhrFetch(String(input), withRequestHeader(init), onProgress, signal),
  })

/** A sentence for people about any fault. */
export const messageOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.'

/** What the server said about one field of the body that was sent. */
export const fieldErrors = (error: unknown): Readonly<Record<string, string>> =>
  error instanceof CadreError
    ? Object.fromEntries(error.details.map((detail) => [detail.field, detail.message]))
    : {}

/** The same about a field or something within it: `scopes`, `scopes[0]`. */
export const faultUnder = (error: unknown, field: string): string | undefined =>
  Object.entries(fieldErrors(error)).find(
    ([name]) => name === field || name.startsWith(`${field}.`) || name.startsWith(`${field}[`),
  )?.[1]

/** Nothing is at the address; an address that is none (422 on an id) leads nowhere either. */
export const isNotFound = (error: unknown) =>
  error instanceof CadreError && [404, 410, 422].includes(error.status)
