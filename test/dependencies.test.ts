import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// What is installed is what was reviewed. Known vulnerabilities need a look-up: see SECURITY.md.

interface Package {
  link?: boolean
  resolved?: string
  hasInstallScript?: boolean
  optional?: boolean
}
interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  allowScripts?: Record<string, boolean>
}

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
const manifest = read('package.json') as Manifest & { workspaces: string[] }
const { packages } = read('package-lock.json') as { packages: Record<string, Package> }
const installed = Object.entries(packages).filter(
  ([path, entry]) => path.includes('node_modules/') && entry.link !== true,
)

test('every dependency is named by its exact version', () => {
  const manifests = ['', ...manifest.workspaces].map(
    (folder) => read(join(folder, 'package.json')) as Manifest,
  )
  const versions = manifests.flatMap(({ dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies }),
  )
  expect(versions.length).toBeGreaterThan(40)
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([])
})

test('no installed package is held to an address: any registry that has it will do', () => {
  expect(installed.length).toBeGreaterThan(150)
  expect(installed.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
})

test('only approved packages run scripts when they are installed', () => {
  const scripted = installed
    .filter(([, entry]) => entry.hasInstallScript === true && entry.optional !== true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  expect(scripted.filter((name) => manifest.allowScripts?.[name] !== true)).toEqual([])
})
