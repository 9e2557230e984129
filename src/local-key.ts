import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The file in the data directory by which the command line on this machine finds this server.
 * Readable by the directory's owner only, who could read the database as well.
 */
export interface LocalKeyFile {
  write(content: { url: string; key: string }): Promise<void>
  remove(): Promise<void>
}

export const localKeyFile = (dataDirectory: string): LocalKeyFile => {
  const path = join(dataDirectory, 'local-key')
  const remove = () => rm(path, { force: true })
  return {
    write: async (content) => {
      await remove()
      await writeFile(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' })
    },
    remove,
  }
}
