import { PRICE_BANDS, type PriceBand } from '@cadre/contract'

/** Dollars from which on a price belongs to each band; a cent's ten-thousandth is the least price. */
const BEGINNINGS: Readonly<Record<PriceBand, string>> = {
  free: '0',
  'below_0.01': '0.000001',
  'below_0.10': '0.01',
  below_1: '0.1',
  from_1: '1',
}

export const priceBandOf = (price: string): PriceBand =>
  PRICE_BANDS.findLast((band) => Number(price) >= Number(BEGINNINGS[band])) ?? 'free'

/** The prices of a band: from `min` on, below `max`. */
export const pricesOf = (band: PriceBand): { min: string; max: string | null } => {
  const next = PRICE_BANDS[PRICE_BANDS.indexOf(band) + 1]
  return { min: BEGINNINGS[band], max: next === undefined ? null : BEGINNINGS[next] }
}
