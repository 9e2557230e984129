import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { initialiseDatabase, prepareDataDirectory } from './data-directory.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cadre-data-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const template = async (): Promise<string> => {
  const path = join(directory, 'template')
  await mkdir(path)
  await writeFile(join(path, 'PG_VERSION'), '18')
  return path
}

test('initialise: parent directory missing → made with it', async () => {
  const target = join(directory, 'build', 'database')
  await initialiseDatabase(target)
  expect(await readdir(target)).toContain('PG_VERSION')
})

test('prepare: template → copied, readable by the owner only', async () => {
  const target = join(directory, 'data', 'database')
  await prepareDataDirectory(target, [await template()])
  expect(await readdir(target)).toEqual(['PG_VERSION'])
  expect((await stat(target)).mode & 0o077).toBe(0)
})

test('prepare: a copy was cut short → begun anew', async () => {
  const target = join(directory, 'database')
  await mkdir(`${target}.unfinished`)
  await writeFile(join(`${target}.unfinished`, 'half'), '')
  await prepareDataDirectory(target, [await template()])
  expect(await readdir(target)).toEqual(['PG_VERSION'])
})

test('prepare: initialised before → left alone', async () => {
  const target = await template()
  await prepareDataDirectory(target, [join(directory, 'absent')])
  expect(await readdir(target)).toEqual(['PG_VERSION'])
})
