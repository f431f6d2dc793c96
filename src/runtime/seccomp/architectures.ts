import { ARM_CALLS, ARM64_CALLS, I386_CALLS, X32_LACKS, X32_OWN_CALLS, X86_64_CALLS } from './syscall-tables.ts';

/** A calling convention that the kernel may meet on this machine. */
export interface Architecture {
  /** The name in an OCI config: `SCMP_ARCH_X86_64`. */
  name: string;
  /** AUDIT_ARCH_…, what `seccomp_data.arch` holds. */
  audit: number;
  /** Numbers by name. A name may be missing: the call does not exist there. */
  calls: ReadonlyMap<string, number>;
}

/** x32 calls come with x86-64's audit value and this bit in the number. */
export const X32_BIT = 0x40000000;

const AUDIT_X86_64 = 0xc000003e;

const makers: Record<string, () => Omit<Architecture, 'name'>> = {
  SCMP_ARCH_X86_64: () => ({ audit: AUDIT_X86_64, calls: parseTable(X86_64_CALLS) }),
  SCMP_ARCH_X32: () => ({ audit: AUDIT_X86_64, calls: x32Calls() }),
  SCMP_ARCH_X86: () => ({ audit: 0x40000003, calls: parseTable(I386_CALLS) }),
  SCMP_ARCH_AARCH64: () => ({ audit: 0xc00000b7, calls: parseTable(ARM64_CALLS) }),
  SCMP_ARCH_ARM: () => ({ audit: 0x40000028, calls: parseTable(ARM_CALLS) }),
};

/** Names that an OCI config may say; those of machines we do not run on are accepted and have no effect. */
export const ARCHITECTURE_NAMES: readonly string[] = [
  ...Object.keys(makers),
  ...[
    'MIPS',
    'MIPS64',
    'MIPS64N32',
    'MIPSEL',
    'MIPSEL64',
    'MIPSEL64N32',
    'PPC',
    'PPC64',
    'PPC64LE',
    'S390',
    'S390X',
  ].map((name) => `SCMP_ARCH_${name}`),
  ...['PARISC', 'PARISC64', 'RISCV64', 'LOONGARCH64', 'M68K', 'SH', 'SHEB'].map((name) => `SCMP_ARCH_${name}`),
];

const made = new Map<string, Architecture>();

/** The tables of one architecture, parsed when first asked for; undefined for a machine we have none for. */
export function architecture(name: string): Architecture | undefined {
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (maker === undefined) return undefined;
  let found = made.get(name);
  if (found === undefined) {
    found = { name, ...maker() };
    made.set(name, found);
  }
  return found;
}

/** The architecture of this process and those that its kernel runs besides, native first. `machine` as in `process.arch`. */
export function nativeArchitectures(machine: string): readonly string[] {
  if (machine === 'x64') return ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];
  if (machine === 'arm64') return ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'];
  return [];
}

function parseTable(text: string): Map<string, number> {
  const calls = new Map<string, number>();
  let next = 0;
  for (const word of text.split(/\s+/)) {
    if (word >= '0' && word <= ':') {
      next = Number(word);
      continue;
    }
    for (const name of word.split('|')) calls.set(name, next);
    next++;
  }
  return calls;
}

function x32Calls(): Map<string, number> {
  const calls = parseTable(X86_64_CALLS);
  for (const name of X32_LACKS.split(/\s+/)) calls.delete(name);
  for (const [name, number] of parseTable(X32_OWN_CALLS)) calls.set(name, number);
  return new Map([...calls].map(([name, number]) => [name, number + X32_BIT]));
}
