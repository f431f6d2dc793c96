import type { CommandLine, HealthcheckInstruction, RunInstruction, ShellInstruction } from './instruction.js';
import type { Reading } from './reading.js';
/** CMD and ENTRYPOINT, and what follows HEALTHCHECK CMD. */
export declare function parseCommandLine(reading: Reading): CommandLine;
export declare function parseRun(reading: Reading): RunInstruction;
export declare function parseShell(reading: Reading): ShellInstruction;
export declare function parseHealthcheck(reading: Reading): HealthcheckInstruction;
