export { createRateLimits, type Rate, type RateLimits } from '../domain/rate-limits.ts';
