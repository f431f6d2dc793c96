import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../errors.ts';
import { HttpError } from './error.ts';

/** Answers that a second request may not get: too busy, or a gateway whose backend was away. */
const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/** System errors of a connection that went away, as opposed to one that can never work. */
const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'HPE_INVALID_EOF_STATE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
]);

export interface RetryPolicy {
  retries: number;
  baseDelayMs: number;
  maxDelayMs: number;
}

/** Longest pause that a server may ask for; a longer one is the user's to decide. */
export const LONGEST_RETRY_AFTER_MS = 120_000;

export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status);
}

/** Whether the same request may work when sent again. */
export function isTransientError(error: unknown): boolean {
  if (error instanceof HttpError && (error.code === 'timeout' || error.code === 'connection-lost')) return true;
  for (let e: unknown = error; e instanceof Error; e = e.cause) if (TRANSIENT_CODES.has(codeOf(e) ?? '')) return true;
  return false;
}

/** Exponential backoff with jitter: attempt 0 waits between half and all of the base. */
export function backoff(attempt: number, policy: RetryPolicy): number {
  const full = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** attempt);
  return Math.round(full / 2 + Math.random() * (full / 2));
}

/** Milliseconds that a Retry-After header asks for: seconds, or a date. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
