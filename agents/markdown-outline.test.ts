import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultOf, runAgent } from './agent-host.ts'

interface Outline {
  outline: { level: number; text: string; slug: string; line: number }[]
}

const headingsOf = async (markdown: string): Promise<string[]> =>
  (await resultOf<Outline>('markdown-outline', markdown)).outline.map(
    ({ level, text }) => `${level} ${text}`,
  )

test('markdown-outline: a document → title, outline, contents and problems', async () => {
  const markdown = '# The *Guide*\n\n## Use `it`\r\n\r\n#### Deep [link](x)\n## Use it\n# Again\n'
  expect(await resultOf('markdown-outline', markdown)).toEqual({
    title: 'The Guide',
    headings: 5,
    is_cut: false,
    outline: [
      { level: 1, text: 'The Guide', slug: 'the-guide', line: 1 },
      { level: 2, text: 'Use it', slug: 'use-it', line: 3 },
      { level: 4, text: 'Deep link', slug: 'deep-link', line: 5 },
      { level: 2, text: 'Use it', slug: 'use-it-1', line: 6 },
      { level: 1, text: 'Again', slug: 'again', line: 7 },
    ],
    problems: [
      { line: 5, problem: 'level 4 follows level 2' },
      { line: 7, problem: 'the document has a title already' },
    ],
    table_of_contents:
      '- [The Guide](#the-guide)\n  - [Use it](#use-it)\n      - [Deep link](#deep-link)\n' +
      '  - [Use it](#use-it-1)\n- [Again](#again)\n',
  })
})

test('markdown-outline: ATX headings → as CommonMark 4.2 has them', async () => {
  expect(await headingsOf('# a\n###### f\n####### g\n#hash\n\\## no\n')).toEqual(['1 a', '6 f'])
  expect(await headingsOf('   ### c ###   \n## d ##x\n# e#\n### ###\n#\n')).toEqual([
    '3 c',
    '2 d ##x',
    '1 e#',
    '3 ',
    '1 ',
  ])
  expect(await headingsOf('    # code\ntext\n    # still text\n')).toEqual([])
  expect(await headingsOf('text\n# interrupts\ntext')).toEqual(['1 interrupts'])
})

test('markdown-outline: setext headings → as CommonMark 4.3 has them', async () => {
  expect(await headingsOf('One\n===\n\nTwo\nlines\n---\n')).toEqual(['1 One', '2 Two lines'])
  expect(await headingsOf('para\n= =\n\n--- -\n\n---\n')).toEqual([])
  expect(await headingsOf('> quoted\n---\n\n- item\n---\n\n- item\n===\n')).toEqual([])
  expect(await headingsOf('- item\n\nTop\n---\n')).toEqual(['2 Top'])
})

test('markdown-outline: what looks like headings in code, HTML, lists, front matter → none', async () => {
  expect(await headingsOf('```sh\n# a\n~~~\n```\n# b')).toEqual(['1 b'])
  expect(await headingsOf('~~~~\n# a\n~~~\n# b\n~~~~~\n# c')).toEqual(['1 c'])
  expect(await headingsOf('```\n# never closed\n')).toEqual([])
  expect(await headingsOf('``` `x`\n# a')).toEqual(['1 a'])
  expect(await headingsOf('<!--\n# a\n\n# b -->\n# c')).toEqual(['1 c'])
  expect(await headingsOf('<div>\n# a\n</div>\n\n# b\n<pre>\n\n# c\n</pre>\n# d')).toEqual([
    '1 b',
    '1 d',
  ])
  expect(await headingsOf('- item\n\n  # inside\n\n# outside\n1. one\n   # in')).toEqual([
    '1 outside',
  ])
  expect(await headingsOf('> # quoted\n# top')).toEqual(['1 top'])
  expect(await headingsOf('---\ntitle: x\n---\n# a\n')).toEqual(['1 a'])
})

test('markdown-outline: inline signs → the words a reader sees', async () => {
  expect(
    await headingsOf('# **a** _b_ ~~c~~ `d*e` \\*f ![alt](i.png) [g][h] <b>i</b> &amp; j_k'),
  ).toEqual(['1 a b c d*e *f alt g i & j_k'])
  expect(await headingsOf('# 2 * 3 [open <https://x.y>')).toEqual(['1 2 * 3 [open https://x.y'])
})

test('markdown-outline: equal names → anchors as GitHub makes them', async () => {
  const { outline } = await resultOf<Outline>(
    'markdown-outline',
    '# A\n# A\n# A-1\n# A\n# Ünï cødé!',
  )
  expect(outline.map(({ slug }) => slug)).toEqual(['a', 'a-1', 'a-1-1', 'a-2', 'ünï-cødé'])
})

test('markdown-outline: nothing, or no headings → an empty outline', async () => {
  expect(await resultOf('markdown-outline', '')).toMatchObject({ title: null, outline: [] })
  expect(await resultOf('markdown-outline', 'just text')).toMatchObject({ headings: 0 })
})

test('markdown-outline: any text → anchors are unique and lines in order', async () => {
  const markdown = fc.string({
    unit: fc.constantFrom('#', ' ', '\n', '=', '-', '`', '>', 'a', '*', '[', ']', '(', '<', '1.'),
    maxLength: 120,
  })
  await fc.assert(
    fc.asyncProperty(markdown, async (text) => {
      const run = await runAgent('markdown-outline', text)
      const { outline }: Outline = JSON.parse(run.stdout)
      expect(new Set(outline.map(({ slug }) => slug)).size).toBe(outline.length)
      const lines = outline.map(({ line }) => line)
      expect(lines).toEqual(lines.toSorted((left, right) => left - right))
    }),
  )
})
