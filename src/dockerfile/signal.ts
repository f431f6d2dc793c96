import { didYouMean } from '../errors.ts';

/** Linux signal numbers by name without SIG. */
const SIGNALS: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
  RTMIN: 34,
  RTMAX: 64,
};

/** Number of a signal given as `9`, `KILL`, `SIGKILL`, `SIGRTMIN+3`; undefined when there is none such. */
export function parseSignal(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64 ? Number(text) : undefined;
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RT(MIN\+|MAX-)(\d+)$/.exec(name);
  if (realTime) {
    const number = realTime[1] === 'MIN+' ? 34 + Number(realTime[2]) : 64 - Number(realTime[2]);
    return number >= 34 && number <= 64 ? number : undefined;
  }
  return Object.hasOwn(SIGNALS, name) ? SIGNALS[name] : undefined;
}

/** The sentence about a signal that does not exist. */
export function unknownSignal(text: string): string {
  const names = Object.keys(SIGNALS).map((name) => `SIG${name}`);
  return `unknown signal ${JSON.stringify(text)}${didYouMean(text, names)}: expected a name such as SIGTERM or a number from 1 to 64`;
}
