import type { CommandEntry } from '../command.ts';
import { CONTAINERS } from './groups/containers.ts';
import { HIDDEN } from './groups/hidden.ts';
import { IMAGES } from './groups/images.ts';
import { PROJECT } from './groups/project.ts';
import { REGISTRIES } from './groups/registries.ts';
import { SYSTEM } from './groups/system.ts';

/** Every command, in the order of the help text. Add yours to its group. */
export const ENTRIES: readonly CommandEntry[] = [
  ...PROJECT,
  ...CONTAINERS,
  ...SYSTEM,
  ...REGISTRIES,
  ...IMAGES,
  ...HIDDEN,
];
