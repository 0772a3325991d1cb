/** Keys remembered at once; the one that was used longest ago is forgotten first. */
const DEFAULT_MAX_KEYS = 10_000;

/** So many a minute, evenly. */
export interface Rate {
  readonly perMinute: number;
  /** Most at once; undefined = as many as a minute's. */
  readonly burst?: number;
}

/** Token buckets by key, on a clock that never jumps. */
export interface RateLimits {
  /** Takes one token: 0 when there was one, else the seconds until there is. */
  take(key: string, rate: Rate): number;
  /** The seconds until there is a token, without taking it. */
  peek(key: string, rate: Rate): number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export function createRateLimits(monotonic: () => number, maxKeys = DEFAULT_MAX_KEYS): RateLimits {
  const buckets = new Map<string, Bucket>();
  const level = (key: string, rate: Rate): number => {
    const capacity = capacityOf(rate);
    const bucket = buckets.get(key);
    if (!bucket) return capacity;
    return Math.min(capacity, bucket.tokens + ((monotonic() - bucket.at) * rate.perMinute) / 60_000);
  };
  const put = (key: string, tokens: number) => {
    buckets.delete(key);
    buckets.set(key, { tokens, at: monotonic() });
    if (buckets.size <= maxKeys) return;
    const [oldest] = buckets.keys();
    if (oldest !== undefined) buckets.delete(oldest);
  };
  return {
    take: (key, rate) => {
      const tokens = level(key, rate);
      const wait = secondsUntilOne(tokens, rate);
      put(key, wait === 0 ? tokens - 1 : tokens);
      return wait;
    },
    peek: (key, rate) => secondsUntilOne(level(key, rate), rate),
  };
}

function capacityOf({ perMinute, burst }: Rate): number {
  return Math.max(1, burst ?? perMinute);
}

function secondsUntilOne(tokens: number, { perMinute }: Rate): number {
  return tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - tokens) * 60) / perMinute));
}
