/**
 * What holds where msvc.yaml says nothing. The schema, the reference page, `Project` and `msvc config --explain` take
 * it from here. Reasons are in DESIGN.md (Defaults): short times, because a person is watching.
 */
import type { BalancerKind } from '../model/policy.ts';

export const DEFAULTS = {
  gatewayPort: 8080,
  gatewayHost: '127.0.0.1',
  balancer: 'two-choices' satisfies BalancerKind as BalancerKind,
  apiKeyHeader: 'X-API-Key',
  /** Tells a service who came: the claim `sub`. */
  authHeader: 'X-Auth-Subject',
  clockToleranceMs: 5000,
  replicas: 1,
  restart: 'on-failure',
  stopSignal: 'SIGTERM',
  stopGraceMs: 10_000,
  intervalMs: 5000,
  timeoutMs: 2000,
  retries: 3,
  /** Longer than the 30 s of most tools: a launch that compiles first is common, and only a hang pays for it. */
  startPeriodMs: 60_000,
  startIntervalMs: 250,
  maxSizeBytes: 10 * 1024 * 1024,
  maxFiles: 3,
} as const;
