/** The first `count` 32-bit words of the fraction of pi: Blowfish's tables are nothing else. */
export function fractionOfPi(count: number): Int32Array {
  const guard = 64n;
  const bits = BigInt(count * 32) + guard;
  // Machin: pi = 16 arctan(1/5) − 4 arctan(1/239), in fixed point.
  const fraction = (16n * arctanOfInverse(5n, bits) - 4n * arctanOfInverse(239n, bits) - (3n << bits)) >> guard;
  const hex = fraction.toString(16).padStart(count * 8, '0');
  return Int32Array.from({ length: count }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16) | 0);
}

function arctanOfInverse(x: bigint, bits: bigint): bigint {
  let power = (1n << bits) / x;
  let sum = power;
  const square = x * x;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= square;
    sum += (sign * power) / n;
  }
  return sum;
}
