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
export declare const X32_BIT = 1073741824;
/** Names that an OCI config may say; those of machines we do not run on are accepted and have no effect. */
export declare const ARCHITECTURE_NAMES: readonly string[];
/** The tables of one architecture, parsed when first asked for; undefined for a machine we have none for. */
export declare function architecture(name: string): Architecture | undefined;
/** The architecture of this process and those that its kernel runs besides, native first. `machine` as in `process.arch`. */
export declare function nativeArchitectures(machine: string): readonly string[];
