import { randomUUID } from 'node:crypto'
import type { TenantId, WorkflowId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock, systemClock } from '#platform/clock.ts'
import { ConstraintError, type Db } from '#platform/db/db.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, type Engine } from '../../../test/support/engine.ts'
import { createWorkflowDirectory } from './workflow-directory.ts'
import { insertWorkflow, listLatest, listVersions, markDeleted } from './workflow-store.ts'
import type { WorkflowDefinition } from './definition.ts'

describe.each(DIALECTS)('workflow directory on %s', (dialect) => {
  const clock = manualClock()
  const ids = createIds(systemClock, systemRandom)
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let tenantId: TenantId
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
    tenantId = engine.owner.tenantId
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const insert = async (name: string, version: string, more: Partial<WorkflowDefinition> = {}) => {
    const definition: WorkflowDefinition = {
      name,
      version,
      description: '',
      tags: [],
      trigger: { schema: null },
      payload: {},
      steps: [],
      output: null,
      costLimit: null,
      timeoutSeconds: null,
      ...more,
    }
    const id = ids.workflow()
    await insertWorkflow(db, {
      id,
      tenantId,
      definition,
      definitionText: JSON.stringify(definition),
      source: { text: 'source', format: 'yaml' },
      sha256: 'x',
      isSaga: false,
      ownerId: engine.owner.id,
      ownerName: engine.owner.name,
      createdAt: clock.now(),
    })
    return id
  }
  const directoryOf = () => createWorkflowDirectory({ db, clock, ttlMs: 1_000 })

  test('resolve: by id, by name the greatest version, by name@version', async () => {
    const [old, latest] = [await insert('ship', '1.9.0'), await insert('ship', '1.10.0')]
    await insert('ship', '1.10.0-rc.1')
    const directory = directoryOf()
    const resolved = async (reference: string) => (await directory.resolve(tenantId, reference)).id
    expect(await resolved('ship')).toBe(latest)
    expect(await resolved('ship@1.9.0')).toBe(old)
    expect(await resolved(old)).toBe(old)
    expect(await resolved(old.toUpperCase())).toBe(old)
  })

  test('resolve: absent, of another tenant or deleted → workflow.not_found', async () => {
    const id = await insert('gone', '1.0.0')
    const directory = directoryOf()
    const stranger = randomUUID() as TenantId
    const refusal = expect.objectContaining({ code: 'workflow.not_found' })
    await expect(directory.resolve(tenantId, 'absent')).rejects.toEqual(refusal)
    await expect(directory.resolve(tenantId, 'gone@2.0.0')).rejects.toEqual(refusal)
    await expect(directory.resolve(stranger, 'gone')).rejects.toEqual(refusal)
    await expect(directory.resolve(stranger, id)).rejects.toEqual(refusal)
    expect(await markDeleted(db, { tenantId, id, now: clock.now() })).toBe(true)
    expect(await markDeleted(db, { tenantId, id, now: clock.now() })).toBe(false)
    for (const reference of ['gone', 'gone@1.0.0', id])
      await expect(directory.resolve(tenantId, reference)).rejects.toEqual(refusal)
    expect((await directory.load(id)).id).toBe(id)
  })

  test('resolve: remembered for a moment, read: never', async () => {
    const directory = directoryOf()
    const first = await insert('moment', '1.0.0')
    expect((await directory.resolve(tenantId, 'moment')).id).toBe(first)
    const second = await insert('moment', '1.0.1')
    expect((await directory.resolve(tenantId, 'moment')).id).toBe(first)
    expect((await directory.read(tenantId, 'moment')).id).toBe(second)
    clock.advance(1_001)
    expect((await directory.resolve(tenantId, 'moment')).id).toBe(second)
  })

  test('compiled: once per version', async () => {
    const directory = directoryOf()
    await insert('compiled', '1.0.0')
    const workflow = await directory.resolve(tenantId, 'compiled')
    expect(directory.compiled(workflow)).toBe(directory.compiled({ ...workflow }))
    expect(await directory.load(workflow.id)).toBe(workflow)
    await expect(directory.load(randomUUID() as WorkflowId)).rejects.toMatchObject({
      code: 'workflow.not_found',
    })
  })

  test('insert: the same version twice → the constraint refuses', async () => {
    await insert('twice', '1.0.0')
    const refusal = await insert('twice', '1.0.0').catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ConstraintError)
    expect(refusal).toMatchObject({ constraint: 'workflows_version_once' })
  })

  test('lists: the latest of each name, page by page, by text and tag; versions', async () => {
    await insert('list-a', '1.0.0', { tags: ['paging'] })
    await insert('list-a', '2.0.0', { tags: ['paging'], description: 'Counts Words' })
    await insert('list-b', '1.0.0', { tags: ['paging', 'x'] })
    await insert('list-c', '1.0.0', { tags: ['paging'] })
    const names = async (query: object) =>
      (await listLatest(db, tenantId, { limit: 20, after: null, ...query })).map(
        ({ name, version }) => `${name}@${version}`,
      )
    expect(await names({ tag: 'paging' })).toEqual(['list-a@2.0.0', 'list-b@1.0.0', 'list-c@1.0.0'])
    expect(await names({ tag: 'paging', after: 'list-a', limit: 1 })).toEqual([
      'list-b@1.0.0',
      'list-c@1.0.0',
    ])
    expect(await names({ q: 'counts w' })).toEqual(['list-a@2.0.0'])
    expect(await names({ q: 'list_' })).toEqual([])
    const versions = await listVersions(db, tenantId, { name: 'list-a', limit: 5, after: null })
    expect(versions.map(({ version }) => version)).toEqual(['2.0.0', '1.0.0'])
    const older = await listVersions(db, tenantId, { name: 'list-a', limit: 5, after: '2.0.0' })
    expect(older.map(({ version }) => version)).toEqual(['1.0.0'])
  })
})
