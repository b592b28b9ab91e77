/** CPU and memory of a container from the engine's figures, counted as for a process. Pure. */
import type { Usage } from '../driver.ts';

export interface EngineStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> };
}

/** File pages that can be dropped at any time are no use of memory (cgroup v2 and v1 name them differently). */
export function usageOf({ cpu_stats: cpu, memory_stats: memory }: EngineStats): Usage | null {
  if (cpu?.cpu_usage?.total_usage === undefined || memory?.usage === undefined) return null;
  const cache = memory.stats?.inactive_file ?? memory.stats?.total_inactive_file ?? 0;
  return { cpuSeconds: cpu.cpu_usage.total_usage / 1e9, memoryBytes: Math.max(0, memory.usage - cache) };
}
