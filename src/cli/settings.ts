import type { Option } from './command.ts';

/** Flags that stand before the command: `containerize --root DIR ps`. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  {
    name: 'root',
    type: 'string',
    placeholder: 'DIR',
    help: 'Where images, layers, containers and caches are kept (also CONTAINERIZE_ROOT)',
  },
  {
    name: 'run-root',
    type: 'string',
    placeholder: 'DIR',
    help: 'Where state of this boot is kept (also CONTAINERIZE_RUN)',
  },
  {
    name: 'debug',
    short: 'D',
    type: 'boolean',
    help: 'Show stacks of errors and what the privilege ladder tried (also CONTAINERIZE_DEBUG=1)',
  },
  { name: 'version', short: 'v', type: 'boolean', help: 'Print the version and exit' },
];
