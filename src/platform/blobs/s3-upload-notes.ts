import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ids } from '../ids.ts'
import type { S3Client } from './s3-client.ts'

export interface OpenUpload {
  place: string
  id: string
}

export type UploadNotes = ReturnType<typeof openUploadNotes>

/**
 * Remembers on the disk which uploads of this process are open, since the bucket keeps their
 * parts, unseen, until somebody ends them.
 */
export const openUploadNotes = (directory: string, s3: S3Client, ids: Ids) => {
  const pathOf = (note: string) => join(directory, note)
  const remove = (note: string) => rm(pathOf(note), { force: true })
  /** The note stays where the upload could not be ended. */
  const abort = async (note: string): Promise<void> => {
    const upload = await noteIn(pathOf(note))
    if (upload !== null)
      await s3.send({
        method: 'DELETE',
        path: upload.place,
        query: { uploadId: upload.id },
        // 404: it was completed or ended already.
        receive: async () => undefined,
      })
    await remove(note)
  }
  return {
    write: async (upload: OpenUpload): Promise<string> => {
      const note = ids.uuid()
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeFile(pathOf(note), JSON.stringify(upload), { mode: 0o600 })
      return note
    },
    remove,
    abort,
    /** Ends what an earlier process left open. Call before the first upload. */
    abortAll: async (onFault: (error: unknown) => void): Promise<void> => {
      for (const note of await readdir(directory).catch(() => [])) await abort(note).catch(onFault)
    },
  }
}

/** Null for what was not written whole: its upload never got a part. */
const noteIn = async (path: string): Promise<OpenUpload | null> => {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as Partial<OpenUpload>
    return typeof found.place === 'string' && typeof found.id === 'string'
      ? { place: found.place, id: found.id }
      : null
  } catch {
    return null
  }
}
