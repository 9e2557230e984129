import {
  boundedText,
  Install,
  InstalledItem,
  InstallItem,
  InstallList,
  InstallListQuery,
  UpdatedInstall,
  UpdateInstall,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of installs take and answer. The handlers are in `install-handlers.ts`.

const TAG = 'Installs'
const byName = { params: z.object({ name: boundedText(64, 1) }) }

export const installItem = documented(
  {
    summary: 'Install an item of the marketplace',
    tag: TAG,
    description:
      'Takes the newest version in the range, checks its signature and digest, and makes an agent or a workflow of it in your tenant. It stays that version until you update it. What is installed already, with the same range, is answered as it is. What asks for more than the sandbox gives every program is refused with 409 `install.widening` unless `accept_permissions` says that it may.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'post',
    path: '/installs',
    request: { body: takes(InstallItem) },
    responses: {
      201: answers(InstalledItem, 'Installed'),
      200: answers(InstalledItem, 'It was installed already'),
    },
  },
)

export const listInstalls = documented(
  { summary: 'List what is installed', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/installs',
    request: { query: InstallListQuery },
    responses: { 200: answers(InstallList, 'One page, by name') },
  },
)

export const readInstall = documented(
  { summary: 'What is installed under a name', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/installs/{name}',
    request: byName,
    responses: { 200: answers(Install, 'The install') },
  },
)

export const updateInstall = documented(
  {
    summary: 'Move an install to the newest version in its range, or in another range',
    tag: TAG,
    description:
      'New work goes to the new version; the one before stays for the tasks that it has. A range below what is installed leads back to a lower version. A version that asks for more than the one before is refused with 409 `install.widening` unless `accept_permissions` says that it may.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'post',
    path: '/installs/{name}/update',
    request: { ...byName, body: takes(UpdateInstall) },
    responses: { 200: answers(UpdatedInstall, 'The install, and what changed') },
  },
)

export const uninstallItem = documented(
  {
    summary: 'Uninstall',
    tag: TAG,
    description: 'Deletes the agents or workflows that it brought. Runs that began go on.',
    refusals: [404, 409],
  },
  {
    method: 'delete',
    path: '/installs/{name}',
    request: byName,
    responses: { 204: { description: 'Uninstalled' } },
  },
)
