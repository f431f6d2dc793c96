/**
 * Docker's profile format (`--security-opt seccomp=FILE`): OCI's linux.seccomp plus rules that depend on capabilities,
 * machine and kernel. Resolved here for one container into plain OCI.
 */
import { RuntimeError } from '../error.ts';
import { parseJson } from '../json.ts';
import type { Seccomp, SeccompAction, SeccompArg } from '../spec-linux.ts';
import { ACTION_NAMES, actionValue, filterFlags } from './actions.ts';
import { nativeArchitectures } from './architectures.ts';

export interface SeccompProfile {
  defaultAction: SeccompAction;
  defaultErrnoRet?: number;
  architectures?: string[];
  archMap?: { architecture: string; subArchitectures?: string[] | null }[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: ProfileRule[];
}

export interface ProfileRule {
  names?: string[];
  /** The old format: one rule a name. */
  name?: string;
  action: SeccompAction;
  errnoRet?: number;
  args?: SeccompArg[] | null;
  comment?: string;
  includes?: RuleFilter;
  excludes?: RuleFilter;
}

export interface RuleFilter {
  /** Go's names: amd64, arm64, 386, arm, x32, x86. */
  arches?: string[];
  caps?: string[];
  /** `4.8`: the kernel is at least this. */
  minKernel?: string;
}

/** What rules may depend on. */
export interface ProfileFacts {
  /** The container's bounding set: `CAP_SYS_ADMIN`, … */
  capabilities: readonly string[];
  /** As in `process.arch`. */
  machine: string;
  /** As in `uname -r`. */
  kernel: string;
}

/** The OCI form of a profile for one container. */
export function resolveProfile(profile: SeccompProfile, facts: ProfileFacts): Seccomp {
  const native = nativeArchitectures(facts.machine);
  const mapped = profile.archMap?.find((entry) => entry.architecture === native[0]);
  if (profile.architectures?.length && profile.archMap?.length) {
    throw new RuntimeError('seccomp-invalid', 'a seccomp profile may have architectures or archMap, not both');
  }
  const architectures = mapped ? [mapped.architecture, ...(mapped.subArchitectures ?? [])] : profile.architectures;
  const syscalls: NonNullable<Seccomp['syscalls']> = [];
  for (const rule of profile.syscalls ?? []) {
    if (rule.includes && !allOf(rule.includes, facts)) continue;
    if (rule.excludes && anyOf(rule.excludes, facts)) continue;
    syscalls.push({
      names: rule.names ?? [rule.name!],
      action: rule.action,
      ...(rule.errnoRet !== undefined && { errnoRet: rule.errnoRet }),
      ...(rule.args?.length && { args: rule.args }),
    });
  }
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet !== undefined && { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(architectures?.length && { architectures }),
    ...(profile.flags?.length && { flags: profile.flags }),
    ...(profile.listenerPath !== undefined && { listenerPath: profile.listenerPath }),
    ...(profile.listenerMetadata !== undefined && { listenerMetadata: profile.listenerMetadata }),
    syscalls,
  };
}

function allOf(filter: RuleFilter, facts: ProfileFacts): boolean {
  const arches = filter.arches ?? [];
  if (arches.length > 0 && !arches.includes(goMachine(facts.machine))) return false;
  if ((filter.caps ?? []).some((name) => !facts.capabilities.includes(name))) return false;
  return filter.minKernel === undefined || isAtLeast(facts.kernel, filter.minKernel);
}

function anyOf(filter: RuleFilter, facts: ProfileFacts): boolean {
  if ((filter.arches ?? []).includes(goMachine(facts.machine))) return true;
  if ((filter.caps ?? []).some((name) => facts.capabilities.includes(name))) return true;
  return filter.minKernel !== undefined && isAtLeast(facts.kernel, filter.minKernel);
}

function goMachine(machine: string): string {
  return machine === 'x64' ? 'amd64' : machine === 'ia32' ? 'x86' : machine;
}

function isAtLeast(kernel: string, wanted: string): boolean {
  const [major = 0, minor = 0] = (kernel.match(/\d+/g) ?? []).map(Number);
  const match = /^(\d+)\.(\d+)$/.exec(wanted);
  if (!match) throw new RuntimeError('seccomp-invalid', `minKernel: expected a version such as 4.8, got ${wanted}`);
  return major > Number(match[1]) || (major === Number(match[1]) && minor >= Number(match[2]));
}

/** Reads a profile from text and says what is wrong with it; `where` is the file's name. */
export function parseProfile(text: string, where: string): SeccompProfile {
  const bad = (message: string): RuntimeError => new RuntimeError('seccomp-invalid', `${where}: ${message}`);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new RuntimeError('seccomp-invalid', `${where}: the seccomp profile is not JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('expected an object');
  const profile = value as SeccompProfile;
  const checkAction = (action: unknown, at: string): void => {
    if (!ACTION_NAMES.includes(action as SeccompAction)) {
      throw new RuntimeError(
        'seccomp-invalid',
        `${where}: ${at}: expected a seccomp action, got ${JSON.stringify(action)}`,
        {
          hint: `known actions: ${ACTION_NAMES.join(', ')}`,
        },
      );
    }
  };
  checkAction(profile.defaultAction, 'defaultAction');
  filterFlags(profile.flags);
  const rules: unknown = profile.syscalls ?? [];
  if (!Array.isArray(rules)) throw bad('syscalls: expected a list');
  (rules as ProfileRule[]).forEach((rule, i) => {
    const at = `syscalls[${i}]`;
    if (typeof rule !== 'object' || rule === null) throw bad(`${at}: expected an object`);
    if (rule.names?.length && rule.name) throw bad(`${at}: give name or names, not both`);
    const names: unknown = rule.names ?? (rule.name === undefined ? undefined : [rule.name]);
    if (!Array.isArray(names) || !names.every((n) => typeof n === 'string'))
      throw bad(`${at}.names: expected a list of system calls`);
    checkAction(rule.action, `${at}.action`);
    actionValue(rule.action, rule.errnoRet);
    if (rule.args != null && !Array.isArray(rule.args)) throw bad(`${at}.args: expected a list`);
  });
  return profile;
}
