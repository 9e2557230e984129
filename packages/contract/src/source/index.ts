export * from './finding.ts'
export * from './read-source.ts'
export * from './shape-findings.ts'
export * from './suggestion.ts'
