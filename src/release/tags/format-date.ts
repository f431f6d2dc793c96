import { TagError } from './error.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const TOKENS =
  /\[([^\]]*)\]|YYYY|YY|Qo|Q|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D|dddd|ddd|dd|do|d|E|e|GGGG|GG|gggg|gg|WW|W|ww|w|HH|H|hh|h|kk|k|mm|m|SSS|SS|S|ss|s|A|a|ZZ|Z|zz|z|X|x/g;

/** A date in a time zone, by the tokens of moment.js: `YYYYMMDD`, `[week] ww`, `X`. */
export function formatDate(date: Date, format: string, zone = 'UTC'): string {
  const local = inZone(date, zone);
  return format.replace(TOKENS, (token, escaped: string | undefined) => escaped ?? part(token, date, local, zone));
}

/** The same wall clock as a date whose UTC fields are the zone's. */
function inZone(date: Date, zone: string): Date {
  if (zone === 'UTC') return date;
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(date);
  } catch (cause) {
    throw new TagError('bad-expression', `tz='${zone}': expected a time zone such as Europe/Berlin or UTC`, { cause });
  }
  const get = (type: string): number => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return new Date(
    Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second')) +
      date.getUTCMilliseconds(),
  );
}

function part(token: string, date: Date, local: Date, zone: string): string {
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  const [hour, weekday] = [local.getUTCHours(), local.getUTCDay()];
  const minutes = Math.round((local.getTime() - date.getTime()) / 60_000);
  switch (token) {
    case 'YYYY':
      return pad(year, 4);
    case 'YY':
      return pad(year % 100, 2);
    case 'Q':
      return String(Math.floor(month / 3) + 1);
    case 'Qo':
      return ordinal(Math.floor(month / 3) + 1);
    case 'MMMM':
      return MONTHS[month]!;
    case 'MMM':
      return MONTHS[month]!.slice(0, 3);
    case 'MM':
      return pad(month + 1, 2);
    case 'Mo':
      return ordinal(month + 1);
    case 'M':
      return String(month + 1);
    case 'DDDD':
      return pad(dayOfYear(local), 3);
    case 'DDDo':
      return ordinal(dayOfYear(local));
    case 'DDD':
      return String(dayOfYear(local));
    case 'DD':
      return pad(day, 2);
    case 'Do':
      return ordinal(day);
    case 'D':
      return String(day);
    case 'dddd':
      return DAYS[weekday]!;
    case 'ddd':
      return DAYS[weekday]!.slice(0, 3);
    case 'dd':
      return DAYS[weekday]!.slice(0, 2);
    case 'do':
      return ordinal(weekday);
    case 'd':
    case 'e':
      return String(weekday);
    case 'E':
      return String(weekday || 7);
    case 'GGGG':
      return pad(isoWeek(local).year, 4);
    case 'GG':
      return pad(isoWeek(local).year % 100, 2);
    case 'WW':
      return pad(isoWeek(local).week, 2);
    case 'W':
      return String(isoWeek(local).week);
    case 'gggg':
      return pad(localeWeek(local).year, 4);
    case 'gg':
      return pad(localeWeek(local).year % 100, 2);
    case 'ww':
      return pad(localeWeek(local).week, 2);
    case 'w':
      return String(localeWeek(local).week);
    case 'HH':
      return pad(hour, 2);
    case 'H':
      return String(hour);
    case 'hh':
      return pad(hour % 12 || 12, 2);
    case 'h':
      return String(hour % 12 || 12);
    case 'kk':
      return pad(hour || 24, 2);
    case 'k':
      return String(hour || 24);
    case 'mm':
      return pad(local.getUTCMinutes(), 2);
    case 'm':
      return String(local.getUTCMinutes());
    case 'ss':
      return pad(local.getUTCSeconds(), 2);
    case 's':
      return String(local.getUTCSeconds());
    case 'SSS':
      return pad(local.getUTCMilliseconds(), 3);
    case 'SS':
      return pad(Math.floor(local.getUTCMilliseconds() / 10), 2);
    case 'S':
      return String(Math.floor(local.getUTCMilliseconds() / 100));
    case 'A':
      return hour < 12 ? 'AM' : 'PM';
    case 'a':
      return hour < 12 ? 'am' : 'pm';
    case 'Z':
    case 'ZZ': {
      const offset = Math.abs(minutes);
      const separator = token === 'Z' ? ':' : '';
      return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(offset / 60), 2)}${separator}${pad(offset % 60, 2)}`;
    }
    case 'X':
      return String(Math.floor(date.getTime() / 1000));
    case 'x':
      return String(date.getTime());
    default:
      return zoneName(date, zone);
  }
}

function zoneName(date: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' }).formatToParts(date);
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? zone;
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

/** ISO 8601: weeks begin on Monday, the first has the year's first Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

/** Moment's English locale: weeks begin on Sunday, the first has January 1st. */
function localeWeek(date: Date): { year: number; week: number } {
  const saturday = new Date(date.getTime() + (6 - date.getUTCDay()) * 86_400_000);
  return { year: saturday.getUTCFullYear(), week: Math.ceil(dayOfYear(saturday) / 7) };
}

function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

function pad(n: number, width: number): string {
  return String(n).padStart(width, '0');
}
