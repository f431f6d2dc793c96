import type { Checks } from './checks.js';
/** Reads checks as container-structure-test writes them, YAML or JSON. @throws TestingError `bad-checks`, with the place */
export declare function parseChecks(text: string, file: string): Checks;
