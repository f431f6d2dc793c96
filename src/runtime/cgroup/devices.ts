import type { DeviceRule } from '../spec-linux.ts';
import type { CgroupWrite } from './writes.ts';

/** A rule with everything said. */
export interface FullDeviceRule {
  allow: boolean;
  type: 'a' | 'b' | 'c';
  /** -1: every number. */
  major: number;
  minor: number;
  access: string;
}

/** What every container may use, whatever its config says: making nodes, and the nodes that we make in /dev. */
const BASE_RULES: readonly FullDeviceRule[] = [
  ['c', -1, -1, 'm'],
  ['b', -1, -1, 'm'],
  ['c', 1, 3, 'rwm'], // null
  ['c', 1, 5, 'rwm'], // zero
  ['c', 1, 7, 'rwm'], // full
  ['c', 1, 8, 'rwm'], // random
  ['c', 1, 9, 'rwm'], // urandom
  ['c', 5, 0, 'rwm'], // tty
  ['c', 5, 2, 'rwm'], // ptmx
  ['c', 136, -1, 'rwm'], // pts/*
].map(([type, major, minor, access]) => ({ allow: true, type, major, minor, access }) as FullDeviceRule);

/** The config's rules with defaults filled in, behind "deny everything" and before what every container needs. Later rules win. */
export function deviceRules(rules: readonly DeviceRule[] | undefined): FullDeviceRule[] {
  const full = (rules ?? []).map(
    (rule): FullDeviceRule => ({
      allow: rule.allow,
      type: rule.type === 'b' || rule.type === 'c' ? rule.type : 'a',
      major: rule.major ?? -1,
      minor: rule.minor ?? -1,
      access: rule.access || 'rwm',
    }),
  );
  const all: FullDeviceRule = { allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' };
  // Whatever came before a rule about everything is void.
  const last = full.findLastIndex((rule) => isEverything(rule));
  return last < 0 ? [all, ...full, ...BASE_RULES] : [...full.slice(last), ...BASE_RULES];
}

function isEverything(rule: FullDeviceRule): boolean {
  return rule.type === 'a' && rule.major < 0 && rule.minor < 0 && rule.access.length === 3;
}

/** Rules as v1's devices.allow and devices.deny take them, one a write. */
export function deviceLinesV1(rules: readonly DeviceRule[] | undefined): CgroupWrite[] {
  const all = deviceRules(rules);
  // After "allow everything" the base rules are exceptions to nothing.
  const lines = isEverything(all[0]!) && all[0]!.allow ? all.filter((rule, i) => i === 0 || !rule.allow) : all;
  return lines.map((rule) => ({
    controller: 'devices',
    file: rule.allow ? 'devices.allow' : 'devices.deny',
    value: isEverything(rule) ? 'a' : `${rule.type} ${number(rule.major)}:${number(rule.minor)} ${rule.access}`,
  }));
}

function number(value: number): string {
  return value < 0 ? '*' : String(value);
}
