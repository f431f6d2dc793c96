import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { readTextIfThere } from '../files.ts';
import { inNetwork, isLoopback, type TlsSettings } from '../http.ts';
import { DEFAULT_REGISTRY } from '../oci/reference.ts';
import { RegistryError } from './registry-error.ts';

/** How registries are reached, beyond what their names say. */
export interface RegistryConfig {
  /** Addresses asked before the registry itself, by registry: pulls only. */
  mirrors: Readonly<Record<string, readonly string[]>>;
  /** `host[:port]` or networks that may be spoken to without TLS, or with a certificate that nobody checks. */
  insecure: readonly string[];
  /** Folders with `HOST/{*.crt,*.cert,*.key}`, as docker's /etc/docker/certs.d. */
  certificates: readonly string[];
}

export const DEFAULT_CONFIG: RegistryConfig = { mirrors: {}, insecure: [], certificates: ['/etc/docker/certs.d'] };

/** Where Docker Hub's registry answers. */
const HUB_HOST = 'registry-1.docker.io';

/**
 * Reads settings in the manner of docker's daemon.json: `registry-mirrors` (for docker.io), `insecure-registries`, and
 * ours for others: `mirrors: {"ghcr.io": ["https://mirror.example"]}`. Other keys are left alone.
 */
export function parseRegistryConfig(text: string, file: string): RegistryConfig {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new RegistryError('invalid-config', `${file}: expected JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RegistryError('invalid-config', `${file}: expected a JSON object`);
  const strings = (list: unknown, name: string): string[] => {
    if (list === undefined) return [];
    if (Array.isArray(list) && list.every((s) => typeof s === 'string')) return list;
    throw new RegistryError('invalid-config', `${file}: expected "${name}" to be a list of strings`);
  };
  const mirrors: Record<string, string[]> = {};
  const others = value.mirrors ?? {};
  if (typeof others !== 'object' || Array.isArray(others))
    throw new RegistryError(
      'invalid-config',
      `${file}: expected "mirrors" to be an object: registry to list of addresses`,
    );
  for (const [registry, list] of Object.entries(others)) mirrors[registry] = strings(list, `mirrors.${registry}`);
  const hub = strings(value['registry-mirrors'], 'registry-mirrors');
  if (hub.length > 0) mirrors[DEFAULT_REGISTRY] = [...hub, ...(mirrors[DEFAULT_REGISTRY] ?? [])];
  for (const address of Object.values(mirrors).flat()) mirrorUrl(address);
  return {
    mirrors,
    insecure: strings(value['insecure-registries'], 'insecure-registries'),
    certificates: DEFAULT_CONFIG.certificates,
  };
}

/** Settings of several files and of flags, the first named first. Files that do not exist are skipped. */
export async function readRegistryConfig(
  files: readonly string[],
  flags: { insecure?: readonly string[]; mirrors?: readonly string[] } = {},
): Promise<RegistryConfig> {
  const hub = flags.mirrors ?? [];
  for (const address of hub) mirrorUrl(address);
  let config: RegistryConfig = {
    ...DEFAULT_CONFIG,
    insecure: flags.insecure ?? [],
    mirrors: hub.length > 0 ? { [DEFAULT_REGISTRY]: hub } : {},
  };
  for (const file of files) {
    const text = await readTextIfThere(file).catch((error: unknown) => {
      if (codeOf(error) === 'EACCES' || codeOf(error) === 'ENOTDIR') return undefined;
      throw error;
    });
    if (text === undefined) continue;
    const next = parseRegistryConfig(text, file);
    const registries = new Set([...Object.keys(config.mirrors), ...Object.keys(next.mirrors)]);
    config = {
      certificates: config.certificates,
      insecure: [...config.insecure, ...next.insecure],
      mirrors: Object.fromEntries(
        [...registries].map((r) => [r, [...(config.mirrors[r] ?? []), ...(next.mirrors[r] ?? [])]]),
      ),
    };
  }
  return config;
}

/** `host[:port]` that a registry's name is dialled at. */
export function hostOfRegistry(registry: string): string {
  return registry === DEFAULT_REGISTRY ? HUB_HOST : registry;
}

export function mirrorUrl(address: string): URL {
  try {
    const url = new URL(/^https?:\/\//.test(address) ? address : `https://${address}`);
    if (url.pathname === '/' && url.search === '' && url.username === '') return url;
  } catch {
    // The next line says it.
  }
  throw new RegistryError('invalid-config', `"${address}" is not the address of a mirror`, {
    hint: 'expected something like https://mirror.example:5000',
  });
}

/** Whether docker would speak to this host without a good certificate: what the user listed, and this machine. */
export function isInsecure(host: string, config: RegistryConfig): boolean {
  const name = host.replace(/:\d+$/, '');
  if (isLoopback(name)) return true;
  return config.insecure.some(
    (rule) => rule === host || rule === name || inNetwork(name.replace(/^\[|\]$/g, ''), rule),
  );
}

/** The function that the HTTP client asks for a host's TLS settings. */
export function tlsSettings(config: RegistryConfig): (host: string) => Promise<TlsSettings | undefined> {
  return async (host) => {
    if (isInsecure(host, config)) return { insecure: true };
    for (const folder of config.certificates) {
      for (const name of host === HUB_HOST
        ? [HUB_HOST, DEFAULT_REGISTRY]
        : [host, ...(host.endsWith(':443') ? [host.slice(0, -4)] : [])]) {
        const found = await readCertificates(join(folder, name));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
}

/** `*.crt` are authorities; `NAME.cert` with `NAME.key` is the client's own certificate. */
async function readCertificates(folder: string): Promise<TlsSettings | undefined> {
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' || codeOf(error) === 'EACCES') return undefined;
    throw error;
  }
  const ca = await Promise.all(names.filter((n) => n.endsWith('.crt')).map((n) => readFile(join(folder, n), 'utf8')));
  const own = names.find((n) => n.endsWith('.cert'));
  if (own === undefined) return ca.length > 0 ? { ca } : undefined;
  const key = own.replace(/\.cert$/, '.key');
  if (!names.includes(key))
    throw new RegistryError('invalid-config', `${join(folder, own)}: its key ${key} is missing`);
  return { ca, cert: await readFile(join(folder, own), 'utf8'), key: await readFile(join(folder, key), 'utf8') };
}
