import { join } from 'node:path';

/** The command line as a program: run it with `process.execPath`. */
export const entry = join(import.meta.dirname, '../../src/cli/entry.ts');
