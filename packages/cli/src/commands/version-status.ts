import type { VersionStatus } from '@cadre/contract'
import { parseItemReference } from '../item-reference.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'

type StatusAction = Action<[item: string], { message?: string }>

const changeTo =
  (status: VersionStatus, words: string): StatusAction =>
  async ({ client, terminal }, [item], { message }) => {
    const { name, version } = parseItemReference(item)
    const changed = await client.marketplace.change(name, version, { status, message })
    if (terminal.isJson) return terminal.document(changed)
    terminal.line(`${printable(changed.name)} ${printable(changed.version)} ${words}.`)
  }

/** `cadre deprecate NAME@VERSION --message …` */
export const deprecateVersion = changeTo('deprecated', 'is deprecated')

/** `cadre yank NAME@VERSION --message …` */
export const yankVersion = changeTo('yanked', 'is yanked: only its exact version is found')

/** `cadre restore NAME@VERSION` */
export const restoreVersion = changeTo('active', 'is active again')
