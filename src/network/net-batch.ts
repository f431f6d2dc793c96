import type { Helper, HelperRecord } from '../runtime/helper.ts';

/** An address with its prefix length: `10.89.0.1`, 24. */
export interface Subnet {
  address: string;
  prefix: number;
}

/**
 * Changes to network namespaces, links, addresses and routes: one helper process, in order. The first that fails ends
 * the batch with a `HelperError` that names the kernel's operation and its object; what came before it stays.
 */
export class NetBatch {
  readonly records: HelperRecord[] = [];

  /** A new network namespace, kept by a mount on the file `path`, which must not exist. */
  makeNamespace(path: string): this {
    return this.#add('netns-make', path);
  }

  /** Lets go of a kept namespace; it ends with its last process. What is gone already does no harm. */
  removeNamespace(path: string): this {
    return this.#add('netns-remove', path);
  }

  /** What follows happens in this namespace (a kept one or `/proc/PID/ns/net`); without a path in our own. */
  inside(path?: string): this {
    return path === undefined ? this.#add('in') : this.#add('in', path);
  }

  /** Writes /proc/sys/net/… of the namespace: `net/ipv4/ip_forward`. */
  sysctl(name: `net/${string}`, value: string): this {
    return this.#add('sysctl', name, value);
  }

  addBridge(name: string): this {
    return this.#add('link-add', name, 'bridge');
  }

  addDummy(name: string): this {
    return this.#add('link-add', name, 'dummy');
  }

  /** Two links that are each other's end; the peer is made in `peerNamespace` right away where one is given. */
  addVeth(name: string, peer: string, peerNamespace?: string): this {
    return this.#add('link-add', name, 'veth', peer, ...(peerNamespace === undefined ? [] : [peerNamespace]));
  }

  removeLink(name: string): this {
    return this.#add('link-remove', name);
  }

  up(name: string): this {
    return this.#add('link-set', name, 'up');
  }

  down(name: string): this {
    return this.#add('link-set', name, 'down');
  }

  /** Makes the link a port of the bridge, or of none. */
  master(name: string, bridge: string | undefined): this {
    return bridge === undefined
      ? this.#add('link-set', name, 'nomaster')
      : this.#add('link-set', name, 'master', bridge);
  }

  /** A link has to be down for it. */
  rename(name: string, to: string): this {
    return this.#add('link-set', name, 'name', to);
  }

  mtu(name: string, bytes: number): this {
    return this.#add('link-set', name, 'mtu', bytes);
  }

  /** `02:42:ac:11:00:02`. */
  mac(name: string, address: string): this {
    return this.#add('link-set', name, 'mac', address);
  }

  /** Moves the link into another namespace; its addresses are lost. */
  move(name: string, namespace: string): this {
    return this.#add('link-set', name, 'netns', namespace);
  }

  addAddress(link: string, { address, prefix }: Subnet): this {
    return this.#add('address-add', link, address, prefix);
  }

  removeAddress(link: string, { address, prefix }: Subnet): this {
    return this.#add('address-remove', link, address, prefix);
  }

  /** `via` is a gateway, a link or both; `{ address: '0.0.0.0', prefix: 0 }` is the default route. */
  addRoute(to: Subnet, via: { gateway?: string; link?: string }): this {
    return this.#add('route-add', to.address, to.prefix, via.gateway ?? '', via.link ?? '');
  }

  removeRoute(to: Subnet, via: { gateway?: string; link?: string }): this {
    return this.#add('route-remove', to.address, to.prefix, via.gateway ?? '', via.link ?? '');
  }

  /** Carries the changes out. */
  async apply(helper: Helper, signal?: AbortSignal): Promise<void> {
    const process = helper.spawn('net', this.records, {
      stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' },
      ...(signal === undefined ? {} : { signal }),
    });
    await process.finished();
  }

  #add(name: string, ...args: (string | number)[]): this {
    this.records.push([name, ...args]);
    return this;
  }
}
