/** Pages of the dashboard that take a token from a link. */
export type AccountLinks = (page: 'invitation' | 'password-reset', token: string) => string | null

/**
 * Where the links lead. Never made of a request's `Host`, which whoever asks may choose. The token
 * stands behind `#`, so that no server or proxy on the way logs it.
 * @param publicUrl null where nobody said where Cadre is: then there are tokens, but no links
 */
export const accountLinks =
  (publicUrl: string | null): AccountLinks =>
  (page, token) =>
    publicUrl === null ? null : `${publicUrl}/${page}#${token}`
