/** Whether a pattern such as `task.*` speaks of an action, or of all that another pattern does. */
export const covers = (pattern: string, action: string): boolean =>
  pattern === '*' ||
  pattern === action ||
  (pattern.endsWith('.*') && action.startsWith(pattern.slice(0, -1)))

/** @param scopes of a credential; null narrows nothing */
export const areScopesCovering = (scopes: readonly string[] | null, action: string): boolean =>
  scopes === null || scopes.some((pattern) => covers(pattern, action))

/** Whether no action that `scopes` speak of is outside of `wider`. */
export const areScopesWithin = (
  scopes: readonly string[] | null,
  wider: readonly string[] | null,
): boolean =>
  wider === null ||
  (scopes !== null && scopes.every((scope) => wider.some((pattern) => covers(pattern, scope))))
