import { fieldLines } from '../field-lines.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import { relativeTime } from '../wording.ts'

/** `cadre users show USER` */
export const showUser: Action<[user: string]> = async ({ client, terminal }, [reference]) => {
  const user = await client.users.get(reference)
  if (terminal.isJson) return terminal.document(user)
  for (const line of fieldLines(
    [
      ['E-mail', user.email],
      ['Id', user.id],
      ['Status', user.is_disabled ? 'disabled everywhere' : 'active'],
      ['Signed in', user.last_sign_in_at === null ? 'never' : relativeTime(user.last_sign_in_at)],
      ...user.memberships.map(
        ({ tenant, role }) => ['Member of', `${tenant}, as ${role}`] as const,
      ),
    ],
    terminal,
  ))
    terminal.line(line)
}

/** `cadre users disable|enable USER` */
export const setUserDisabled =
  (isDisabled: boolean): Action<[user: string]> =>
  async ({ client, terminal }, [reference]) => {
    const user = await client.users.change(reference, { is_disabled: isDisabled })
    if (terminal.isJson) return terminal.document(user)
    terminal.line(
      `${printable(user.email)} ${isDisabled ? 'is disabled everywhere' : 'may sign in again'}.`,
    )
  }
