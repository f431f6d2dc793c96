import type { Mount } from '../runtime/spec.js';
/** What the generated /etc/hosts, /etc/resolv.conf and /etc/hostname are made from. */
export interface NetworkFileOptions {
    hostname: string;
    domainname?: string;
    network: 'host' | 'none' | {
        path: string;
    };
    /** `NAME:ADDRESS` or `NAME=ADDRESS`; the address `host-gateway` is this machine. */
    addHosts?: readonly string[];
    dns?: readonly string[];
    dnsSearch?: readonly string[];
    dnsOptions?: readonly string[];
}
/** Writes the three files into `folder` and gives the binds that put them into a container. */
export declare function writeNetworkFiles(folder: string, options: NetworkFileOptions): Promise<Mount[]>;
/** `NAME:ADDRESS` or `NAME=ADDRESS`; an IPv6 address may stand in brackets. */
export declare function parseAddHost(text: string): {
    name: string;
    address: string;
};
