import { validate } from '@readme/openapi-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { isOpenRoute, routesOf, type OpenApiDocument } from '../support/openapi-document.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let document: OpenApiDocument

beforeAll(async () => {
  cadre = await startCadreOnPostgres({ CADRE_DEMO_AGENTS: 'false' })
  document = (await (await cadre.request('/api/v1/openapi.json')).json()) as OpenApiDocument
})
afterAll(async () => {
  await cadre.stop()
})

test('document: OpenAPI 3.1 → valid', async () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  const result = await validate(structuredClone(document) as never)
  expect(result).toMatchObject({ valid: true })
})

test('document: the same under the alias prefix', async () => {
  expect(await (await cadre.request('/api/openapi.json')).json()).toEqual(document)
})

test('document: every route has a summary, a tag and described answers', () => {
  for (const { method, path, operation } of routesOf(document)) {
    const at = `${method} ${path}`
    expect([at, operation.summary]).toEqual([at, expect.stringMatching(/^.{5,}$/)])
    expect([at, operation.tags]).toEqual([at, [expect.stringMatching(/^[A-Z]/)]])
    expect([at, Object.keys(operation.responses).length > 0]).toEqual([at, true])
    for (const [status, answer] of Object.entries(operation.responses))
      expect([at, status, answer.description]).toEqual([at, status, expect.stringMatching(/./)])
  }
})

test('document: every route but the open ones asks for a key and says 401', () => {
  for (const route of routesOf(document)) {
    const { method, path, operation } = route
    const at = `${method} ${path}`
    const isOpen = isOpenRoute(route)
    expect([at, (operation.security ?? []).length > 0]).toEqual([at, !isOpen])
    if (!isOpen) expect([at, '401' in operation.responses]).toEqual([at, true])
  }
})

test('document: the upload form is described', () => {
  const content = document.paths['/agents']?.['post']?.requestBody?.content
  expect(Object.keys(content ?? {}).toSorted()).toEqual(['application/json', 'multipart/form-data'])
})

test('document: every referenced schema exists', () => {
  const references = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g),
  ]
  expect(references.length).toBeGreaterThan(20)
  for (const [, name = ''] of references)
    expect(Object.keys(document.components.schemas)).toContain(name)
})
