import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../runtime/spec.ts';
import { ContainerError } from './container-error.ts';

/** What the generated /etc/hosts, /etc/resolv.conf and /etc/hostname are made from. */
export interface NetworkFileOptions {
  hostname: string;
  domainname?: string;
  network: 'host' | 'none' | { path: string };
  /** `NAME:ADDRESS` or `NAME=ADDRESS`; the address `host-gateway` is this machine. */
  addHosts?: readonly string[];
  dns?: readonly string[];
  dnsSearch?: readonly string[];
  dnsOptions?: readonly string[];
}

/** Writes the three files into `folder` and gives the binds that put them into a container. */
export async function writeNetworkFiles(folder: string, options: NetworkFileOptions): Promise<Mount[]> {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const [hosts, resolv] = [hostsFile(options), resolvFile(options)];
  const files: [string, string][] = [
    ['resolv.conf', resolv],
    ['hostname', `${options.hostname}\n`],
    ['hosts', hosts],
  ];
  for (const [name, text] of files) writeFileSync(join(folder, name), text, { mode: 0o644 });
  return files.map(([name]) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(folder, name),
    options: ['rbind', 'rprivate'],
  }));
}

function hostsFile(options: NetworkFileOptions): string {
  const lines =
    options.network === 'host'
      ? readOr('/etc/hosts', '127.0.0.1\tlocalhost\n').trimEnd().split('\n')
      : [
          '127.0.0.1\tlocalhost',
          '::1\tlocalhost ip6-localhost ip6-loopback',
          'ff02::1\tip6-allnodes',
          'ff02::2\tip6-allrouters',
        ];
  const names = options.domainname ? `${options.hostname}.${options.domainname} ${options.hostname}` : options.hostname;
  const known = lines.some((line) => line.split(/\s+/).slice(1).includes(options.hostname));
  if (!known) lines.push(`127.0.1.1\t${names}`);
  for (const entry of options.addHosts ?? []) {
    const { name, address } = parseAddHost(entry);
    // on the host's network this machine is the container itself
    lines.push(`${address === 'host-gateway' ? '127.0.0.1' : address}\t${name}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `NAME:ADDRESS` or `NAME=ADDRESS`; an IPv6 address may stand in brackets. */
export function parseAddHost(text: string): { name: string; address: string } {
  const [, name, written] = /^([^:=\s]+)[:=](\S+)$/.exec(text) ?? [];
  const address = written?.replace(/^\[(.*)\]$/, '$1');
  if (
    name === undefined ||
    address === undefined ||
    !(address === 'host-gateway' || /^[0-9a-fA-F.:]+$/.test(address))
  ) {
    throw new ContainerError('invalid-option', `--add-host: expected NAME:ADDRESS, found "${text.slice(0, 200)}"`);
  }
  return { name, address };
}

function resolvFile(options: NetworkFileOptions): string {
  const inherited = hostResolvConf();
  const { dns = [], dnsSearch = [], dnsOptions = [] } = options;
  if (dns.length === 0 && dnsSearch.length === 0 && dnsOptions.length === 0) return inherited;
  const kept = inherited.split('\n').filter((line) => {
    const word = line.trim().split(/\s+/)[0];
    if (word === 'nameserver') return dns.length === 0;
    if (word === 'search' || word === 'domain') return dnsSearch.length === 0;
    if (word === 'options') return dnsOptions.length === 0;
    return line !== '';
  });
  // `--dns-search .` means: no search list at all
  const search = dnsSearch.filter((domain) => domain !== '.');
  return `${[
    ...kept,
    ...dns.map((server) => `nameserver ${server}`),
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...(dnsOptions.length === 0 ? [] : [`options ${dnsOptions.join(' ')}`]),
  ].join('\n')}\n`;
}

/** systemd-resolved's stub answers only on the host's loopback; its other file has the real servers. */
function hostResolvConf(): string {
  const text = readOr('/etc/resolv.conf', '');
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1]);
  if (servers.length > 0 && servers.every((server) => server === '127.0.0.53')) {
    return readOr('/run/systemd/resolve/resolv.conf', text);
  }
  return text;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
