import { ContainerizeError } from '../errors.js';
export declare class CapabilityError extends ContainerizeError<'unknown-capability'> {
}
/** Docker's rule: `ALL` in one list is the base for the other; a drop wins over the default, an add over a drop of ALL. */
export declare function capabilitySet(options: {
    capAdd?: readonly string[];
    capDrop?: readonly string[];
    privileged?: boolean;
}): string[];
