import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Loads a package from the folder that the peers were installed into. */
export const load = (packages, name) =>
  import(pathToFileURL(createRequire(join(packages, 'package.json')).resolve(name)).href)
