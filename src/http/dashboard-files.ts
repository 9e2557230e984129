import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '#platform/web/context.ts'
import { SERVER_PATHS } from './response-headers.ts'

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

interface File {
  body: Uint8Array<ArrayBuffer>
  gzipped: Uint8Array<ArrayBuffer> | null
  mediaType: string
  isImmutable: boolean
}

const compress = promisify(gzip)
const GZIP_BYTES_MIN = 1_024

/**
 * Serves the dashboard's build. Only paths that the directory holds are known, so no path leads
 * outside; every other page address answers the application, which routes it itself.
 */
export const createDashboardFiles = (directory: string) => {
  let files: Promise<Map<string, File>> | null = null
  return createMiddleware<AppEnv>(async (context, next) => {
    const { path, method } = context.req
    if ((method !== 'GET' && method !== 'HEAD') || SERVER_PATHS.test(path)) return next()
    const known = await (files ??= readFiles(directory))
    const isPage = !path.includes('.')
    const file = known.get(path) ?? (isPage ? known.get('/index.html') : undefined)
    if (file === undefined) return isPage ? context.html(NOT_BUILT, 503) : next()
    context.header('content-type', file.mediaType)
    context.header(
      'cache-control',
      file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    )
    context.header('vary', 'accept-encoding')
    const acceptsGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '')
    if (file.gzipped === null || !acceptsGzip) return context.body(file.body)
    context.header('content-encoding', 'gzip')
    return context.body(file.gzipped)
  })
}

const readFiles = async (directory: string): Promise<Map<string, File>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = new Map<string, File>()
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const body = new Uint8Array(await readFile(path))
    const name = path.slice(directory.length).replaceAll('\\', '/')
    files.set(name, {
      body,
      gzipped: body.length < GZIP_BYTES_MIN ? null : new Uint8Array(await compress(body)),
      mediaType: MEDIA_TYPES[extname(name)] ?? 'application/octet-stream',
      isImmutable: name.startsWith('/assets/'),
    })
  }
  return files
}

const NOT_BUILT =
  '<!doctype html><title>Cadre</title><p>The dashboard is not built. Run <code>npm run build</code>; the API works meanwhile.'
