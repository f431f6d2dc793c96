import { ContainerizeError } from '../errors.js';
import type { Device, DeviceRule } from '../runtime/spec-linux.js';
export declare class DeviceError extends ContainerizeError<'invalid-device' | 'no-such-device'> {
}
/** `--device HOST[:CONTAINER[:ACCESS]]`. */
export interface DeviceMapping {
    host: string;
    container: string;
    /** Letters of r, w, m. */
    access: string;
}
/** What the devices cgroup allows: Docker's list; the runtime adds what its own nodes need. */
export declare const DEFAULT_DEVICE_RULES: readonly DeviceRule[];
export declare function parseDevice(text: string): DeviceMapping;
/** The nodes to make for `--device`. The host's link is followed: the user named it. */
export declare function mappedDevices(mappings: readonly DeviceMapping[]): Device[];
/** Every device of the host, for `--privileged`, but not those that each container has for itself. */
export declare function hostDevices(): Device[];
/** The number of a block device, for a limit on it. */
export declare function deviceNumber(path: string): {
    major: number;
    minor: number;
};
