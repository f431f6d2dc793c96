import { existsSync, readFileSync } from 'node:fs';

const MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

/** Kernel files that a container may read and not write: Docker's. */
export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** Kernel files that a container must not see: Docker's, with the thermal counters of every processor (a side channel). */
export function defaultMaskedPaths(): readonly string[] {
  masked ??= [...MASKED_PATHS, ...thermalThrottles()];
  return masked;
}

let masked: readonly string[] | undefined;

function thermalThrottles(): string[] {
  const path = (cpu: number) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`;
  if (!existsSync(path(0))) return [];
  try {
    const possible = readFileSync('/sys/devices/system/cpu/possible', 'latin1').trim();
    const cpus = possible.split(',').flatMap((range) => {
      const [first, last] = range.split('-').map(Number);
      return Array.from({ length: (last ?? first!) - first! + 1 }, (_, i) => first! + i);
    });
    return cpus.map(path).filter((p) => existsSync(p));
  } catch {
    return [path(0)];
  }
}
