import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { RegistryKey, SignedEnvelope } from '@cadre/contract'
import { CommandError } from './failures.ts'

// A mirror is a folder of plain files that any transport carries. Each file is written beside its
// place and moved there whole, so that whoever is interrupted leaves nothing that is half there.

export interface MirrorState {
  schema: 'cadre.mirror/v1'
  /** Where it was taken from. */
  origin: string
  /** The place in the origin's changes up to which the folder has everything. */
  cursor: string | null
}

export type MirrorKey = Pick<RegistryKey, 'id' | 'name' | 'public_key'>

export type MirrorFolder = ReturnType<typeof mirrorFolder>

const SHA256 = /^[0-9a-f]{64}$/
/** Neither can leave the folder: the first signs are letters or digits, and there is no slash. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/
const VERSION = /^[0-9][0-9A-Za-z.+-]{0,63}$/
const PART = '.part'

export interface ReleaseReference {
  name: string
  version: string
}

export const mirrorFolder = (root: string) => {
  const at = (...path: string[]) => join(root, ...path)
  const releasePath = ({ name, version }: ReleaseReference): string => {
    if (!NAME.test(name) || !VERSION.test(version))
      throw new CommandError('mirror.bad_name', `${name}@${version} is no name of a release.`)
    return at('releases', name, `${version}.json`)
  }
  const blobPath = (sha256: string): string => {
    if (!SHA256.test(sha256))
      throw new CommandError('mirror.bad_digest', `${sha256} is no SHA-256 digest.`)
    return at('blobs', sha256.slice(0, 2), sha256)
  }
  const readJson = async <Value>(path: string): Promise<Value | null> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (text === null) return null
    try {
      return JSON.parse(text) as Value
    } catch (cause) {
      throw new CommandError('mirror.bad_file', `${path} is no JSON.`, { cause })
    }
  }
  const writeJson = (path: string, value: unknown) =>
    writeWhole(path, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)])

  return {
    root,
    shown: (path: string) => relative(root, path),
    readState: () => readJson<MirrorState>(at('mirror.json')),
    writeState: (state: MirrorState) => writeJson(at('mirror.json'), state),
    readKeys: async () => (await readJson<MirrorKey[]>(at('keys.json'))) ?? [],
    writeKeys: (keys: readonly MirrorKey[]) => writeJson(at('keys.json'), keys),
    readIndex: () => readJson<SignedEnvelope>(at('index.json')),
    writeIndex: (envelope: SignedEnvelope) => writeJson(at('index.json'), envelope),
    releasePath,
    readRelease: (of: ReleaseReference) => readJson<SignedEnvelope>(releasePath(of)),
    writeRelease: (of: ReleaseReference, envelope: SignedEnvelope) =>
      writeJson(releasePath(of), envelope),
    removeRelease: (of: ReleaseReference) => rm(releasePath(of), { force: true }),
    listReleases: async (): Promise<ReleaseReference[]> => {
      const found: ReleaseReference[] = []
      for (const name of (await namesIn(at('releases'))).toSorted())
        for (const file of (await namesIn(at('releases', name))).toSorted())
          if (file.endsWith('.json')) found.push({ name, version: file.slice(0, -5) })
      return found
    },
    blobPath,
    /** Null where there is none. */
    digestOfBlob: async (sha256: string): Promise<string | null> => {
      const path = blobPath(sha256)
      if ((await stat(path).catch(() => null)) === null) return null
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
      return hash.digest('hex')
    },
    hasBlob: (sha256: string): Promise<boolean> =>
      stat(blobPath(sha256)).then(
        () => true,
        () => false,
      ),
    /** Kept only where it is what its name says. */
    writeBlob: async (sha256: string, content: AsyncIterable<Uint8Array>): Promise<void> => {
      const hash = createHash('sha256')
      const hashed = async function* () {
        for await (const chunk of content) {
          hash.update(chunk)
          yield chunk
        }
        const found = hash.digest('hex')
        if (found !== sha256)
          throw new CommandError(
            'mirror.binary_corrupt',
            `The server sent a file whose SHA-256 is ${found}; ${sha256} was signed.`,
          )
      }
      await writeWhole(blobPath(sha256), hashed())
    },
    listBlobs: async (): Promise<string[]> => {
      const found: string[] = []
      for (const folder of await namesIn(at('blobs')))
        found.push(...(await namesIn(at('blobs', folder))).filter((name) => SHA256.test(name)))
      return found
    },
    removeBlob: (sha256: string) => rm(blobPath(sha256), { force: true }),
    /** What an interruption left. */
    removeParts: async (): Promise<void> => {
      const all = await readdir(root, { recursive: true }).catch(() => [])
      for (const path of all) if (path.endsWith(PART)) await rm(at(path), { force: true })
    },
  }
}

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })

const writeWhole = async (
  path: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}${PART}`
  try {
    await using file = await open(part, 'w')
    for await (const chunk of content) await file.write(chunk)
    await file.sync()
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await rename(part, path)
}
