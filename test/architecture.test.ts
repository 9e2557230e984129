import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

// Holds the house to its plan: who may import whom, and what stands in which room.
// Type imports count, for a type carries knowledge as well.

const ROOT = join(import.meta.dirname, '..')

/** Outer layers may import inner ones, never the other way round. */
const LAYERS = ['contract', 'platform', 'features', 'outside', 'compose', 'main'] as const
type Layer = (typeof LAYERS)[number]

/** A feature may use these other features, through their `index.ts` only. */
const FEATURE_EDGES: Readonly<Record<string, readonly string[]>> = {
  audit: [],
  access: ['audit'],
  identity: ['access', 'audit'],
  registry: ['access', 'audit'],
  agents: ['access', 'audit', 'identity', 'registry'],
  tasks: ['access', 'agents'],
  schedules: ['access', 'audit', 'runs', 'tasks', 'workflows'],
  quarantine: ['access', 'agents', 'audit', 'tasks'],
  queues: ['access', 'agents', 'audit'],
  circuits: ['access', 'audit'],
  workflows: ['access', 'agents', 'audit'],
  runs: ['access', 'agents', 'audit', 'tasks', 'workflows'],
  performance: ['access', 'workflows'],
  marketplace: ['access', 'agents', 'audit', 'performance', 'registry', 'workflows'],
  installs: ['access', 'agents', 'audit', 'marketplace', 'registry', 'workflows'],
  webhooks: ['access', 'audit', 'runs', 'workflows'],
  tenants: ['access', 'audit', 'identity'],
  health: [],
}

/** What the packages that ship apart may import. */
const PACKAGE_EDGES: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  sdk: ['contract'],
  cli: ['contract'],
  dashboard: ['contract'],
}

/** The only files of the server that read the environment or end the process. */
const READS_ENVIRONMENT = ['src/config.ts']
const SQL_ROOMS = /^(?:src\/.*-store\.ts|src\/platform\/(?:db|broker|outbox)\/.*|migrations\/.*)$/
const FILE_LINES_MAX = 450

interface Source {
  path: string
  text: string
  imports: string[]
}

const sourcesUnder = (folder: string): Source[] =>
  walk(join(ROOT, folder))
    .filter((path) => /\.tsx?$/.test(path) && !/\.(?:test|d)\.tsx?$|\/testing\//.test(path))
    .map((path) => {
      const text = readFileSync(path, 'utf8')
      return { path: relative(ROOT, path), text, imports: importsOf(text) }
    })

const walk = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name !== 'node_modules' && name !== 'dist' && name !== 'dev')
        .flatMap((name) => walk(join(path, name)))
    : [path]

const importsOf = (text: string): string[] =>
  [
    ...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g),
    ...text.matchAll(/new URL\('(\.\/[^']+)'/g),
  ]
    .map((match) => match[1] ?? '')
    .filter((specifier) => specifier !== '')

/** The file of ours that a specifier names, or null for a package. */
const targetOf = (source: Source, specifier: string): string | null => {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`
  if (specifier.startsWith('@cadre/')) return `packages/${specifier.slice('@cadre/'.length)}`
  if (!specifier.startsWith('.')) return null
  if (specifier.endsWith('.json') || specifier.endsWith('.css')) return null
  return relative(ROOT, resolve(ROOT, dirname(source.path), specifier))
}

const layerOf = (path: string): Layer => {
  if (path.startsWith('packages/contract')) return 'contract'
  if (path.startsWith('src/platform/')) return 'platform'
  if (path.startsWith('src/features/')) return 'features'
  if (/^src\/(?:http|gateway|executors)\//.test(path)) return 'outside'
  if (path === 'src/main.ts') return 'main'
  if (/^src\/[\w-]+\.ts$/.test(path)) return 'compose'
  throw new Error(`${path} stands in no layer; give it a room or extend this test`)
}

const roomOf = (path: string) =>
  /^src\/(?:features|http|gateway|executors)\/?([\w-]*)/.exec(path)?.[1]

const server = sourcesUnder('src')
const edges = server.flatMap((source) =>
  source.imports.flatMap((specifier) => {
    const target = targetOf(source, specifier)
    return target === null ? [] : [{ from: source.path, to: target }]
  }),
)

describe('architecture', () => {
  test('the files were seen: an empty walk proves nothing', () => {
    expect(server.length).toBeGreaterThan(120)
    expect(edges.length).toBeGreaterThan(400)
    for (const room of Object.keys(FEATURE_EDGES))
      expect(server.filter(({ path }) => path.startsWith(`src/features/${room}/`))).not.toEqual([])
    for (const name of Object.keys(PACKAGE_EDGES))
      expect(sourcesUnder(`packages/${name}/src`).length).toBeGreaterThan(0)
  })

  test('imports point inwards: contract ← platform ← features ← outside ← compose ← main', () => {
    const outward = edges.filter(
      ({ from, to }) => LAYERS.indexOf(layerOf(to)) > LAYERS.indexOf(layerOf(from)),
    )
    expect(outward).toEqual([])
  })

  test('a feature uses another only through its index.ts and along a listed edge', () => {
    const features = edges.filter(({ to }) => to.startsWith('src/features/'))
    const crossing = features.filter(({ from, to }) => roomOf(from) !== roomOf(to))
    const unlisted = crossing.filter(({ from, to }) => {
      if (!from.startsWith('src/features/')) return false
      return !FEATURE_EDGES[roomOf(from) ?? '']?.includes(roomOf(to) ?? '')
    })
    // Executors implement ports that live with the feature that uses them.
    const isPort = (path: string) => /\/(?:executor|module-inspector)\.ts$/.test(path)
    const sideDoors = crossing.filter(({ to }) => !to.endsWith('/index.ts') && !isPort(to))
    expect(unlisted).toEqual([])
    expect(sideDoors).toEqual([])
  })

  test('outer rooms do not know each other', () => {
    const between = edges.filter(({ from, to }) => {
      if (layerOf(from) !== 'outside' || layerOf(to) !== 'outside') return false
      return from.split('/')[1] !== to.split('/')[1]
    })
    expect(between).toEqual([])
  })

  test('there are no import cycles', () => {
    const imports = Map.groupBy(edges, ({ from }) => from)
    const finished = new Set<string>()
    const cycleFrom = (path: string, trail: readonly string[]): string[] | null => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
      if (finished.has(path)) return null
      for (const { to } of imports.get(path) ?? []) {
        const cycle = cycleFrom(to, [...trail, path])
        if (cycle !== null) return cycle
      }
      finished.add(path)
      return null
    }
    expect(server.map(({ path }) => cycleFrom(path, [])).filter((cycle) => cycle !== null)).toEqual(
      [],
    )
  })

  test('SQL stands in stores, in the database, broker and outbox rooms, and in migrations', () => {
    const sql =
      /['"`]\s*(?:select\s+[\w*(]|insert into\s|update\s+\w+\s+(?:as\s+\w+\s+)?set\s|delete from\s|with\s+(?:recursive\s+)?\w+\s+as\s*\()/i
    // The health check asks the database for nothing but an answer.
    const isProbe = (line: string) => line.includes("'select 1 as one'")
    const outside = server
      .filter(({ path }) => !SQL_ROOMS.test(path))
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .filter((line) => sql.test(line) && !isProbe(line))
          .map((line) => `${path}: ${line.trim()}`),
      )
    expect(outside).toEqual([])
  })

  test('one file reads the environment', () => {
    const readers = server.filter(({ text }) => /process\.env\b/.test(text)).map(({ path }) => path)
    expect(readers).toEqual(READS_ENVIRONMENT)
  })

  test('packages that ship apart import the contract only', () => {
    const strays = Object.entries(PACKAGE_EDGES).flatMap(([name, allowed]) =>
      sourcesUnder(`packages/${name}/src`).flatMap((source) =>
        source.imports.flatMap((specifier) => {
          const target = targetOf(source, specifier)
          if (target === null || target.startsWith(`packages/${name}/`)) return []
          const isAllowed = allowed.some((other) => `${target}/`.startsWith(`packages/${other}/`))
          return isAllowed ? [] : [`${source.path} → ${specifier}`]
        }),
      ),
    )
    expect(strays).toEqual([])
  })

  test('no file holds a second idea by its mere length', () => {
    const long = [
      ...server,
      ...Object.keys(PACKAGE_EDGES).flatMap((name) => sourcesUnder(`packages/${name}/src`)),
    ]
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
    expect(long).toEqual([])
  })

  test('no file carries an escape from the type system or a name that says nothing', () => {
    const escapes = server.filter(({ text }) =>
      /\bas any\b|: any\b|@ts-(?:ignore|expect-error|nocheck)/.test(text),
    )
    const vague = server.filter(({ path }) =>
      /\/(?:utils?|common|shared|helpers?|managers?|impl|misc)(?:\/|\.)/.test(path),
    )
    expect([...escapes, ...vague].map(({ path }) => path)).toEqual([])
  })
})
