import type { RegistryFlags } from '../registry/open.ts';
import type { Arguments, Option } from './command.ts';

/** Flags of every command that speaks to a registry. */
export const REGISTRY_OPTIONS: readonly Option[] = [
  {
    name: 'insecure-registry',
    type: 'list',
    placeholder: 'HOST[:PORT]|CIDR',
    help: 'Allow plain HTTP and unknown certificates for this registry (localhost always is)',
  },
];

/** For commands that read images from Docker Hub. */
export const MIRROR_OPTION: Option = {
  name: 'registry-mirror',
  type: 'list',
  placeholder: 'URL',
  help: 'Ask this mirror before Docker Hub',
};

export function registryFlags(args: Arguments, options: { mirrors?: boolean } = {}): RegistryFlags {
  return {
    insecure: args.list('insecure-registry'),
    ...(options.mirrors ? { mirrors: args.list('registry-mirror') } : {}),
  };
}
