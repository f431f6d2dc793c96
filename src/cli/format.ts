/** Sizes and times as docker prints them. */

const SIZE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `5.61MB`: decimal units, three digits; four with `digits`. */
export function humanSize(bytes: number, digits = 3): string {
  return scaled(bytes, 1000, SIZE_UNITS, digits);
}

/** `512KiB`, `1.5GiB`: binary units, four digits, as in `stats`. */
export function humanMemory(bytes: number): string {
  return scaled(bytes, 1024, BINARY_UNITS, 4);
}

/** `About an hour`, `3 weeks`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 14) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 60) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

/** `3 weeks ago`, `N/A` for no time. */
export function ago(time: string | undefined, now: number = Date.now()): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  // Images made reproducible say the year 1 or 1970: an age would be nonsense, docker prints it all the same for the latter.
  if (Number.isNaN(at) || at < -60_000_000_000_000) return 'N/A';
  return `${humanDuration(now - at)} ago`;
}

/** `2024-01-02 03:04:05 +0000 UTC`: how Go prints a time, in docker's CreatedAt columns. */
export function goTime(time: string | undefined): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  if (Number.isNaN(at)) return 'N/A';
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** The first 12 digits of an ID or digest, without its algorithm. */
export function shortId(id: string): string {
  return id.slice(id.indexOf(':') + 1).slice(0, 12);
}

/** The text cut to `width` characters, with an ellipsis in place of the last when something is lost. */
export function ellipsis(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

function scaled(value: number, base: number, units: readonly string[], digits: number): string {
  let size = value;
  let unit = 0;
  // What rounds up to the next unit belongs to it: 999,999 bytes are 1MB, not 1e+03kB.
  while (unit < units.length - 1 && (size >= base || Number(size.toPrecision(digits)) >= base)) {
    size /= base;
    unit++;
  }
  // With binary units up to 1023 come before the next one: more digits than asked for then.
  const text = size >= 10 ** digits ? size.toFixed(0) : size.toPrecision(digits);
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text}${units[unit]}`;
}
