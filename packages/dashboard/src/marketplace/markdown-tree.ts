import type { Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table'
import { gfmTable } from 'micromark-extension-gfm-table'

/** Containers that begin on one line; a parser takes the square of them. */
const TANGLED_LINE = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])[ \t]?){40}/m
const BRACKETS_MAX = 4_000

/**
 * The tree of a Markdown text (CommonMark with tables). Null where laying it out would hold up the
 * page: such texts are shown as they are.
 */
export const markdownTree = (text: string): Root | null => {
  if (TANGLED_LINE.test(text) || text.split('[').length > BRACKETS_MAX) return null
  return fromMarkdown(text, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  })
}

const PROTOCOLS = ['http:', 'https:', 'mailto:']

/** An address that may be followed; null for `javascript:`, `data:`, relative ones and the like. */
export const safeAddress = (address: string): string | null => {
  try {
    const url = new URL(address)
    return PROTOCOLS.includes(url.protocol) ? url.href : null
  } catch {
    return null
  }
}
