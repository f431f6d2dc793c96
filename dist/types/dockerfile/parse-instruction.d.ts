import type { Instruction, Warning } from './instruction.js';
import type { Statement } from './lines.js';
export declare function parseInstruction(statement: Statement, escapeChar: '\\' | '`', warnings: Warning[]): Instruction;
