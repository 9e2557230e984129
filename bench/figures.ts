/** The value below which `fraction` of the samples lie. */
export const percentile = (samples: readonly number[], fraction: number): number => {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN
}

export const milliseconds = (value: number): string => `${value.toFixed(2)} ms`

export const spread = (samples: readonly number[]): string =>
  `p50 ${milliseconds(percentile(samples, 0.5))}, p99 ${milliseconds(percentile(samples, 0.99))}, p99.9 ${milliseconds(percentile(samples, 0.999))}`
