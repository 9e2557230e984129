import { manifestSchema } from '@cadre/contract'
import type { Action } from '../session.ts'

/** `cadre manifest schema`: the same as Cadre serves, with the address at which it does. */
export const printSchema: Action = async ({ connection, terminal }) =>
  terminal.document(manifestSchema(`${connection.url}/schemas/manifest.json`))
