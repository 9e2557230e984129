import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SystemUser {
  uid: number
  gid: number
}

/** Whom a server is run as: its package's user where this process is root, otherwise nobody else. */
export const unprivilegedUser = async (name: string): Promise<SystemUser | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (which) => Number((await run('id', [which, name])).stdout)),
  )
  if (!uid || !gid) throw new Error(`There is no user ${name} to run the server as.`)
  return { uid, gid }
}
