import { Http, type HttpOptions } from '../../src/http.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { DEFAULT_CONFIG, type RegistryConfig, tlsSettings } from '../../src/registry/config.ts';
import { anonymous, type CredentialSource } from '../../src/registry/credentials.ts';

/** A client without a home and with short pauses. */
export function registryClient(
  options: { credentials?: CredentialSource; config?: Partial<RegistryConfig>; http?: HttpOptions } = {},
): RegistryClient {
  const config = { ...DEFAULT_CONFIG, certificates: [], ...options.config };
  const http = new Http({ baseDelayMs: 1, maxDelayMs: 10, tls: tlsSettings(config), ...options.http });
  return new RegistryClient({ http, credentials: options.credentials ?? anonymous, config });
}
