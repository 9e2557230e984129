import type { Client, Identity } from '@cadre/contract'
import type { RunningCadre } from './start-cadre.ts'

/** Long enough, and on nobody's list. */
export const PASSWORD = 'four words and more'

/** Invites somebody, who accepts. @returns their id as a member */
export const invited = async (
  cadre: RunningCadre,
  { email, role = 'viewer', password = PASSWORD, by = cadre.client }: Invited,
): Promise<string> => {
  const { token } = await by.invitations.create({ email, role })
  return (await cadre.clientOf().invitations.accept({ token, password })).member.id
}

interface Invited {
  email: string
  role?: string
  password?: string
  by?: Client
}

/** A browser: keeps the cookie that it got, and sends what browsers send. */
export interface Browser {
  readonly cookie: string
  signIn(credential: object): Promise<{ status: number; body: Identity & ErrorAnswer }>
  request(method: string, path: string, body?: object): Promise<Response>
  /** The client, with this browser's cookie. */
  status(method: string, path: string, body?: object): Promise<number>
}
export interface ErrorAnswer {
  error: { code: string; message: string; details?: { field: string; message: string }[] }
}

export const openBrowser = (cadre: Pick<RunningCadre, 'url'>): Browser => {
  let cookie = ''
  const request: Browser['request'] = async (method, path, body) => {
    const headers = {
      'x-cadre-request': '1',
      'sec-fetch-site': 'same-origin',
      'user-agent': 'browser of the tests',
      ...(cookie === '' ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${cadre.url}/api/v1${path}`, { method, headers, ...content })
    for (const given of response.headers.getSetCookie()) cookie = given.split(';')[0] ?? ''
    return response
  }
  return {
    get cookie() {
      return cookie
    },
    request,
    signIn: async (credential) => {
      const response = await request('POST', '/session', credential)
      return {
        status: response.status,
        body: (await response.json()) as Identity & ErrorAnswer,
      }
    },
    status: async (method, path, body) => {
      const response = await request(method, path, body)
      await response.arrayBuffer()
      return response.status
    },
  }
}

/** What a refused call says: status and code. */
export const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'not refused'
  } catch (error) {
    const { status, code } = error as { status?: number; code?: string }
    return `${status} ${code}`
  }
}
