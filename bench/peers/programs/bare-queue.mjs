export const QUEUE = 'bare'
