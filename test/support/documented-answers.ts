import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import type { OpenApiDocument } from './openapi-document.ts'
import type { RunningCadre } from './start-cadre.ts'

export type DocumentedCall = [
  method: string,
  template: string,
  /** For the places in the template, in their order, separated by a space. */
  ids: string,
  body?: object | FormData | string,
  query?: string,
]

/** Calls the server, and expects that its answers are as its document says. */
export const createDocumentedCalls = (cadre: RunningCadre, document: OpenApiDocument) => {
  const validators = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(validators)
  validators.addSchema({ $id: 'openapi', ...document })

  const validatorOf = (method: string, path: string, status: number): ValidateFunction => {
    const pointer = path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')
    const found = validators.getSchema(
      `openapi#/paths/${pointer}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`,
    )
    if (found === undefined) throw new Error(`${method} ${path} documents no answer ${status}`)
    return found
  }

  const answered = new Set<string>()
  const check = async (...[method, template, ids, body, query = '']: DocumentedCall) => {
    const isJson = body !== undefined && !(body instanceof FormData)
    const response = await cadre.request(`/api/v1${pathOf(template, ids)}${query}`, {
      method,
      headers: isJson ? { 'content-type': 'application/json' } : {},
      body:
        isJson && typeof body !== 'string'
          ? JSON.stringify(body)
          : (body as FormData | string | undefined),
    })
    const at = `${method} ${template} ${response.status}`
    if (response.ok) answered.add(`${method} ${template}`)
    if (response.status === 204) {
      expect(document.paths[template]?.[method.toLowerCase()]?.responses).toHaveProperty('204')
      return { at, answer: {} as Record<string, never> }
    }
    const answer = (await response.json()) as Record<string, never>
    const isValid = validatorOf(method, template, response.status)
    isValid(answer)
    expect({ at, errors: isValid.errors, answer: isValid.errors && answer }).toEqual({
      at,
      errors: null,
      answer: null,
    })
    return { at, answer }
  }
  return {
    check,
    /** Which routes have answered a call, and not refused it. */
    answered: answered as ReadonlySet<string>,
  }
}

const pathOf = (template: string, ids: string): string => {
  const left = ids.split(' ')
  return template.replaceAll(/\{\w+\}/g, () => left.shift() ?? '')
}
