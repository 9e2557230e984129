import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { uploadAgent } from '../agent-upload.ts'
import { CommandError, usageError } from '../failures.ts'
import { moduleFault } from '../module-fault.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'
import { publishManifest, type ManifestOptions } from './publish-manifest.ts'
import type { AgentOptions } from './register.ts'

interface PublishOptions extends AgentOptions, ManifestOptions {
  name?: string
}

/** `cadre publish [DIR|FILE]`: a manifest and what it names, or a program alone. */
export const publish: Action<[path: string | undefined], PublishOptions> = async (
  session,
  [path = '.'],
  options,
) => {
  if (await isManifest(path, session)) {
    assertInManifest(options)
    return publishManifest(session, [path], options)
  }
  if (options.dryRun === true || options.list === false)
    throw usageError('--dry-run and --no-list are for what a manifest publishes.')
  return publishProgram(session, [path], options)
}

const isManifest = async (path: string, { pathOf }: Session): Promise<boolean> => {
  if (/\.(?:ya?ml|json)$/i.test(path)) return true
  return stat(pathOf(path)).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

/** A manifest is the whole truth: what it says is not said again, and differently. */
const assertInManifest = (options: PublishOptions): void => {
  const said = (['name', 'version', 'description', 'capability', 'price'] as const).find(
    (key) => options[key] !== undefined,
  )
  if (said !== undefined)
    throw usageError(`--${said} is for a program without a manifest; write it into the manifest.`)
}

const publishProgram: Action<[file: string], PublishOptions> = async (session, [file], options) => {
  const { terminal, pathOf } = session
  const { name = nameFrom(file), version, description, capability, price } = options
  const bytes = await assertModule(pathOf(file), file)
  const capabilities = capability && JSON.stringify(capability)
  const fields = { name, version, description, capabilities, price }
  const agent = await uploadAgent(session, { fields, path: pathOf(file), bytes })
  if (terminal.isJson) return terminal.document(agent)
  terminal.line(`Published ${printable(agent.name)} ${printable(agent.version)} (${agent.id}).`)
  terminal.note(`Run it with \`cadre run ${printable(agent.name)}\`.`)
}

/** `My_Agent v2.wasm` → `my-agent-v2` */
export const nameFrom = (file: string): string =>
  basename(file)
    .replace(/\.wasm$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** What is plainly no module is said at once, not after an upload. */
const assertModule = async (path: string, file: string): Promise<number> => {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${error.message}`
    throw badFile(`${file} ${why}.`)
  })
  if (!stats.isFile()) throw badFile(`${file} is no file.`)
  const fault = await moduleFault(path)
  if (fault !== null) throw badFile(`${file} ${fault}.`)
  return stats.size
}

const badFile = (message: string) => new CommandError('cli.bad_file', message)
