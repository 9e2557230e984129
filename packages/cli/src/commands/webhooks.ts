import type { CreateWebhook, Webhook, WebhookSignatureScheme } from '@cadre/contract'
import { usageError } from '../failures.ts'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import { readJsonOption, readStandardInput } from '../run-input.ts'
import type { Action, Session } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre webhooks` */
export const listWebhooks: Action<[], { limit: number; workflow?: string }> = async (
  { client, terminal },
  _args,
  { limit, workflow },
) => {
  const found = await collectPages(limit, (page) =>
    client.webhooks.list({ ...page, ...(workflow !== undefined && { workflow }) }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0)
    return terminal.note(
      workflow === undefined
        ? 'There is no webhook yet.'
        : `No webhook starts ${printable(workflow)}.`,
    )
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'webhook')
}

const COLUMNS: Column<Webhook>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'WORKFLOW', value: ({ workflow }) => workflow },
  { title: 'SIGNATURE', value: ({ signature }) => signature?.scheme ?? 'none' },
  { title: 'STATE', value: ({ is_enabled: isEnabled }) => (isEnabled ? 'enabled' : 'disabled') },
  { title: 'CREATED', value: ({ created_at: at }) => relativeTime(at) },
  { title: 'BY', value: ({ created_by_name: by }) => by, isFlexible: true },
]

interface CreateOptions {
  signature?: WebhookSignatureScheme
  secret?: string
  tolerance?: number
  context?: string
}

/** `cadre webhook create WORKFLOW NAME`: the address alone goes to stdout. */
export const createWebhook: Action<[workflow: string, name: string], CreateOptions> = async (
  session,
  [workflow, name],
  options,
) => {
  const { client, terminal, connection } = session
  const signature = await signatureOf(session, options)
  const body = { name, signature, context: await contextOf(session, options) }
  const created = await client.webhooks.create(workflow, body)
  const address = `${connection.url}${created.path}`
  if (terminal.isJson) return terminal.document({ ...created, address })
  terminal.note('Whoever knows this address can start the workflow. It is shown only now.')
  terminal.line(address)
  if (created.signing_secret !== null && options.secret === undefined)
    terminal.note(`Signing secret, shown only now: ${created.signing_secret}`)
}

const signatureOf = async (
  session: Session,
  options: CreateOptions,
): Promise<CreateWebhook['signature']> => {
  const { signature: scheme, secret, tolerance } = options
  if (scheme === undefined) {
    if (secret === undefined && tolerance === undefined) return undefined
    throw usageError('--secret and --tolerance go with --signature.')
  }
  const given = secret === '-' ? (await readStandardInput(session)).toString('utf8').trim() : secret
  return { scheme, secret: given, tolerance_seconds: tolerance }
}

const contextOf = async (
  session: Session,
  { context }: CreateOptions,
): Promise<CreateWebhook['context']> =>
  context === undefined ? undefined : readJsonOption(session, context, '--context')

const setEnabled = async (
  { client, terminal }: Session,
  reference: string,
  isEnabled: boolean,
): Promise<void> => {
  const webhook = await client.webhooks.change(reference, { is_enabled: isEnabled })
  if (terminal.isJson) return terminal.document(webhook)
  terminal.line(`Webhook ${printable(webhook.name)} is ${isEnabled ? 'enabled' : 'disabled'}.`)
}

/** `cadre webhook disable NAME|ID` */
export const disableWebhook: Action<[webhook: string]> = (session, [reference]) =>
  setEnabled(session, reference, false)

/** `cadre webhook enable NAME|ID` */
export const enableWebhook: Action<[webhook: string]> = (session, [reference]) =>
  setEnabled(session, reference, true)

/** `cadre webhook delete NAME|ID` */
export const deleteWebhook: Action<[webhook: string]> = async (
  { client, terminal },
  [reference],
) => {
  await client.webhooks.remove(reference)
  if (!terminal.isJson) terminal.line(`Webhook ${printable(reference)} is deleted.`)
}
