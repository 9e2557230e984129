import { createRequire } from 'node:module'
import { licenceUnknown } from './marketplace-errors.ts'

/** Has no types of its own. Throws where the text is no licence expression (SPDX, annex D). */
const parse = createRequire(import.meta.url)('spdx-expression-parse') as (text: string) => object

/** @throws AppError 422 for `licence` */
export const parseLicence = (text: string): string => {
  try {
    parse(text)
    return text
  } catch {
    throw licenceUnknown()
  }
}
