/** Two little machines that run what we compile, written from the kernel's description and not from our compilers. */

export interface SeccompData {
  nr: number;
  arch: number;
  args: readonly bigint[];
}

/** Runs a classic BPF program over seccomp's data as the kernel does; throws where the kernel would refuse the program. */
export function runSeccomp(program: Buffer, data: SeccompData): number {
  const memory = Buffer.alloc(64);
  memory.writeUInt32LE(data.nr >>> 0, 0);
  memory.writeUInt32LE(data.arch >>> 0, 4);
  for (let i = 0; i < 6; i++) memory.writeBigUInt64LE(BigInt.asUintN(64, data.args[i] ?? 0n), 16 + 8 * i);
  let accumulator = 0;
  for (let pc = 0; ; pc++) {
    if (pc * 8 >= program.length) throw new Error(`runs off the end at ${pc}`);
    const code = program.readUInt16LE(pc * 8);
    const jt = program.readUInt8(pc * 8 + 2);
    const jf = program.readUInt8(pc * 8 + 3);
    const k = program.readUInt32LE(pc * 8 + 4);
    if (code === 0x20) {
      if (k > 60 || k % 4 !== 0) throw new Error(`load from ${k}`);
      accumulator = memory.readUInt32LE(k);
    } else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x05) pc += k;
    else if (code === 0x15) pc += accumulator === k ? jt : jf;
    else if (code === 0x25) pc += accumulator > k ? jt : jf;
    else if (code === 0x35) pc += accumulator >= k ? jt : jf;
    else if (code === 0x06) return k;
    else throw new Error(`unknown instruction ${code.toString(16)} at ${pc}`);
  }
}

/** What the kernel's verifier wants of classic BPF: every jump lands inside, and the last instruction returns. */
export function checkProgram(program: Buffer): void {
  const count = program.length / 8;
  if (count < 1 || count > 4096) throw new Error(`${count} instructions`);
  for (let pc = 0; pc < count; pc++) {
    const code = program.readUInt16LE(pc * 8);
    const far = Math.max(program.readUInt8(pc * 8 + 2), program.readUInt8(pc * 8 + 3));
    const jump = code === 0x05 ? program.readUInt32LE(pc * 8 + 4) : [0x15, 0x25, 0x35].includes(code) ? far : 0;
    if (pc + 1 + jump >= count && code !== 0x06) throw new Error(`jump out of the program at ${pc}`);
  }
  if (program.readUInt16LE(program.length - 8) !== 0x06) throw new Error('does not end with a return');
}

/** Runs an eBPF device program; true: allowed. */
export function runDeviceProgram(
  program: Buffer,
  type: 'b' | 'c',
  access: string,
  major: number,
  minor: number,
): boolean {
  const wanted = [...access].reduce((sum, letter) => sum | { m: 1, r: 2, w: 4 }[letter as 'm' | 'r' | 'w'], 0);
  const context = [(wanted << 16) | (type === 'b' ? 1 : 2), major, minor];
  const registers: number[] = new Array(11).fill(0);
  for (let pc = 0; ; pc++) {
    const code = program.readUInt8(pc * 8);
    const pair = program.readUInt8(pc * 8 + 1);
    const [destination, source] = [pair & 15, pair >> 4];
    const offset = program.readInt16LE(pc * 8 + 2);
    const immediate = program.readInt32LE(pc * 8 + 4);
    if (code === 0x61) registers[destination] = context[offset / 4]!;
    else if (code === 0xb7) registers[destination] = immediate;
    else if (code === 0xbf) registers[destination] = registers[source]!;
    else if (code === 0x57) registers[destination] = registers[destination]! & immediate;
    else if (code === 0x77) registers[destination] = registers[destination]! >>> immediate;
    else if (code === 0x05) pc += offset;
    else if (code === 0x55) pc += registers[destination] !== immediate ? offset : 0;
    else if (code === 0x45) pc += (registers[destination]! & immediate) !== 0 ? offset : 0;
    else if (code === 0x95) return registers[0] === 1;
    else throw new Error(`unknown instruction ${code.toString(16)}`);
  }
}

/** The same numbers every time, so that a failure can be seen again. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
