import type { AddInstruction, CopyInstruction } from './instruction.js';
import type { Reading } from './reading.js';
export declare function parseCopy(reading: Reading): CopyInstruction;
export declare function parseAdd(reading: Reading): AddInstruction;
