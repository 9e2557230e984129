import type { Client, Member } from '@cadre/contract'
import { CommandError } from '../failures.ts'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre members` */
export const listMembers: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.members.list)
  if (terminal.isJson) return terminal.document(found)
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'member')
}

const COLUMNS: Column<Member>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'E-MAIL', value: ({ email }) => email ?? '–' },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'STATUS', value: ({ is_disabled: isDisabled }) => (isDisabled ? 'disabled' : 'active') },
  {
    title: 'SIGNED IN',
    value: ({ last_sign_in_at: at }) => (at === null ? 'never' : relativeTime(at)),
  },
  { title: 'ID', value: ({ id }) => id, isFlexible: true },
]

/** `cadre members invite EMAIL`: what to hand over goes to stdout. */
export const inviteMember: Action<[email: string], { role: string }> = async (
  { client, terminal },
  [email],
  { role },
) => {
  const invited = await client.invitations.create({ email, role })
  if (terminal.isJson) return terminal.document(invited)
  const { expires_at: at } = invited.invitation
  terminal.note(
    invited.link === null
      ? `Cadre sends no mail: hand over this token, which is good until ${at}.`
      : `Cadre sends no mail: hand over this link, which is good until ${at}.`,
  )
  terminal.line(invited.link ?? invited.token)
}

/** `cadre members role MEMBER ROLE` */
export const setRole: Action<[member: string, role: string]> = async (
  { client, terminal },
  [reference, role],
) => {
  const member = await client.members.change((await findMember(client, reference)).id, { role })
  if (terminal.isJson) return terminal.document(member)
  terminal.line(`${printable(member.name)} has the role ${printable(member.role)}.`)
}

/** `cadre members disable|enable MEMBER` */
export const setDisabled =
  (isDisabled: boolean): Action<[member: string]> =>
  async ({ client, terminal }, [reference]) => {
    const { id } = await findMember(client, reference)
    const member = await client.members.change(id, { is_disabled: isDisabled })
    if (terminal.isJson) return terminal.document(member)
    terminal.line(`${printable(member.name)} is ${isDisabled ? 'disabled' : 'active again'}.`)
  }

/** `cadre members remove MEMBER` */
export const removeMember: Action<[member: string]> = async ({ client, terminal }, [reference]) => {
  const { id, name } = await findMember(client, reference)
  await client.members.remove(id)
  if (!terminal.isJson) terminal.line(`${printable(name)} is no member any more.`)
}

const MEMBERS_MAX = 10_000

/** By id or e-mail address. */
const findMember = async (client: Client, reference: string): Promise<Member> => {
  const { items } = await collectPages(MEMBERS_MAX, client.members.list)
  const wanted = reference.toLowerCase()
  const found = items.find(({ id, email }) => id === wanted || email?.toLowerCase() === wanted)
  if (found !== undefined) return found
  throw new CommandError(
    'cli.member_unknown',
    `There is no member ${printable(reference)}. \`cadre members\` lists them.`,
  )
}
