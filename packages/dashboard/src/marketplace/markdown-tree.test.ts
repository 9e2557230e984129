import { expect, test } from 'vitest'
import { markdownTree, safeAddress } from './markdown-tree.ts'

test.each([
  ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
  ['http://example.org', 'http://example.org/'],
  ['mailto:somebody@example.org', 'mailto:somebody@example.org'],
  ['javascript:alert(1)', null],
  [' JaVaScRiPt:alert(1)', null],
  ['java\nscript:alert(1)', null],
  ['data:text/html,<script>alert(1)</script>', null],
  ['vbscript:x', null],
  ['blob:https://example.org/1', null],
  ['file:///etc/passwd', null],
  ['//example.org', null],
  ['/tasks', null],
  ['#part', null],
  ['', null],
])('address %j → %j', (address, expected) => {
  expect(safeAddress(address)).toBe(expected)
})

test('a text that would hold up the page → no tree; deep lists and long texts → a tree', () => {
  for (const tangled of [
    '>'.repeat(65_536),
    `a\n\n${'> - '.repeat(100)}`,
    '1. '.repeat(60),
    '[a] '.repeat(16_000),
  ])
    expect(markdownTree(tangled)).toBeNull()
  const nested = Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n')
  expect(markdownTree(nested)?.children).toHaveLength(1)
  expect(markdownTree('A paragraph.\n\n'.repeat(300))?.children).toHaveLength(300)
})

test('HTML → text of the tree, never markup', () => {
  const tree = markdownTree('<script>alert(1)</script>\n\na <b onclick=x>b</b>')
  expect(tree?.children[0]).toMatchObject({ type: 'html', value: '<script>alert(1)</script>' })
})
