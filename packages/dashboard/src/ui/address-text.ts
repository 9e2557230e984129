/** A text of the address; the router reads what looks like a number as one. */
export const addressText = <Name extends string>(
  search: Record<string, unknown>,
  name: Name,
): Partial<Record<Name, string>> => {
  const value = search[name]
  return (typeof value === 'string' || typeof value === 'number') && value !== ''
    ? ({ [name]: String(value) } as Record<Name, string>)
    : {}
}
