/** Where in a text a line and a column are, both from 1; its end where it is shorter. */
export const offsetOf = (
  text: string,
  { line, column }: { line: number | null; column: number | null },
): number => {
  const before = text.split('\n').slice(0, Math.max(0, (line ?? 1) - 1))
  const start = before.reduce((sum, each) => sum + each.length + 1, 0)
  return Math.min(text.length, start + Math.max(0, (column ?? 1) - 1))
}
