import { readTextIfThere } from '../files.ts';
import { Http, type ProxySettings } from '../http.ts';
import { RegistryClient } from './client.ts';
import { readRegistryConfig, tlsSettings } from './config.ts';
import type { CredentialSource } from './credentials.ts';

/** What a command's flags add to the settings. */
export interface RegistryFlags {
  /** Hosts that may be spoken to without TLS. */
  insecure?: readonly string[];
  /** Asked before Docker Hub. */
  mirrors?: readonly string[];
}

export interface OpenRegistryOptions {
  proxies: { [K in keyof ProxySettings]: string | undefined };
  /** File with authorities to trust beside the built-in ones. */
  extraCa?: string | undefined;
  /** Files with mirrors and insecure registries. */
  files: readonly string[];
  flags?: RegistryFlags;
  credentials: CredentialSource;
  userAgent?: string;
}

/** A client made from settings, with a pool of connections of its own. */
export async function openRegistryClient(options: OpenRegistryOptions): Promise<RegistryClient> {
  const config = await readRegistryConfig(options.files, options.flags);
  // As in Node, a file that cannot be read is no failure: the certificates in it may not be needed.
  const extraCa =
    options.extraCa === undefined ? undefined : await readTextIfThere(options.extraCa).catch(() => undefined);
  const { http, https, no } = options.proxies;
  return new RegistryClient({
    http: new Http({
      proxy: { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(no ? { no } : {}) },
      ...(extraCa === undefined ? {} : { extraCa: [extraCa] }),
      tls: tlsSettings(config),
      userAgent: options.userAgent ?? 'containerize',
    }),
    credentials: options.credentials,
    config,
  });
}
