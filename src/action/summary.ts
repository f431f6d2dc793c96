import type { TimelineStep } from '../cli/job/timeline.ts';
import type { TestCase } from '../reports.ts';

/** What the summary tells; every part may be missing. */
export interface SummaryFacts {
  title: string;
  failed?: { message: string; hint?: string; output?: readonly string[] };
  images: readonly SummaryImage[];
  steps: readonly TimelineStep[];
  tests?: SummaryTests;
  release?: SummaryRelease;
  /** Why tags are what they are, one line each. */
  tagNotes?: readonly string[];
  cache?: readonly string[];
  warnings: readonly string[];
  milliseconds: number;
}

export interface SummaryImage {
  name: string;
  digest: string;
  size?: number;
  platforms: readonly string[];
  tags: readonly string[];
  pushed: boolean;
}

export interface SummaryTests {
  passed: number;
  failed: number;
  skipped: number;
  flaky: number;
  broken?: number;
  results: readonly {
    name: string;
    outcome: string;
    durationMs: number;
    message?: string;
    memoryPeak?: number;
    cpuUsec?: number;
    cases?: readonly TestCase[];
  }[];
}

export interface SummaryRelease {
  action: string;
  channel: string;
  from?: string;
  to: string;
  changed: boolean;
  dryRun?: boolean;
  undo?: string;
}

/** GitHub drops a summary over 1 MiB as a whole; other steps of the job have their own. */
const MOST_BYTES = 1024 * 1024 - 4096;
const MOST_BARS = 60;
const MOST_ROWS = 200;

/** The job summary as Markdown, never larger than the platform takes. */
export function summaryOf(facts: SummaryFacts): string {
  const parts = [
    head(facts),
    failure(facts),
    images(facts),
    release(facts),
    tests(facts),
    timeline(facts),
    caches(facts),
    details('Tags', facts.tagNotes ?? []),
    details('Warnings', facts.warnings),
  ].filter((part) => part !== '');
  let text = '';
  for (const part of parts) {
    if (Buffer.byteLength(text) + Buffer.byteLength(part) > MOST_BYTES) {
      text += '\n> The rest is left out: a summary may have 1 MiB.\n';
      break;
    }
    text += `${part}\n`;
  }
  return text;
}

function head({ title, failed, milliseconds }: SummaryFacts): string {
  return `## ${failed === undefined ? '✅' : '❌'} ${cell(title)}\n\n${seconds(milliseconds)}\n`;
}

function failure({ failed }: SummaryFacts): string {
  if (failed === undefined) return '';
  const lines = failed.message.split('\n');
  const quoted = lines
    .slice(0, 12)
    .map((line) => `> ${cell(line)}`)
    .join('\n>\n');
  const hint = failed.hint === undefined ? '' : `\n**What to do:** ${failed.hint.split('\n').map(cell).join('<br>')}\n`;
  const output = failed.output?.length
    ? `\n<details><summary>Last output</summary>\n\n${block(failed.output.join('\n'))}\n</details>\n`
    : '';
  return `${quoted}\n${hint}${output}`;
}

function images(facts: SummaryFacts): string {
  if (facts.images.length === 0) return '';
  const rows = facts.images.slice(0, MOST_ROWS).map((image) => {
    const tags =
      image.tags.slice(0, 30).map(code).join('<br>') +
      (image.tags.length > 30 ? `<br>and ${image.tags.length - 30} more` : '');
    return `| ${cell(image.name)} | ${code(image.digest)} | ${image.size === undefined ? '' : bytes(image.size)} | ${cell(image.platforms.join(', '))} | ${tags || '–'} | ${image.pushed ? 'yes' : 'no'} |`;
  });
  return `### Images\n\n| Image | Digest | Size | Platforms | Names | Pushed |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function release({ release: r }: SummaryFacts): string {
  if (r === undefined) return '';
  const way = `${r.from ? ` from ${code(r.from)}` : ''} to ${code(r.to)}`;
  const moved = r.changed
    ? `${code(r.channel)} moved${way}`
    : r.dryRun && r.from !== r.to
      ? `${code(r.channel)} would move${way} (dry run)`
      : `${code(r.channel)} stays at ${code(r.to)}`;
  const undo = r.undo === undefined ? '' : `\nTo go back:\n\n${block(r.undo, 'sh')}\n`;
  return `### ${cell(r.action)}\n\n${moved}\n${undo}`;
}

function tests({ tests: t }: SummaryFacts): string {
  if (t === undefined) return '';
  const counts = [
    `${t.passed} passed`,
    `${t.failed} failed`,
    ...(t.broken ? [`${t.broken} could not be run`] : []),
    ...(t.skipped ? [`${t.skipped} skipped`] : []),
    ...(t.flaky ? [`${t.flaky} flaky`] : []),
  ];
  const bad = (outcome: string): boolean => outcome === 'failed' || outcome === 'broken';
  // what failed comes first, and is never what is left out
  const sorted = [...t.results].sort((a, b) => Number(bad(b.outcome)) - Number(bad(a.outcome)));
  const rows = sorted.slice(0, MOST_ROWS).map((result) => {
    const mark = bad(result.outcome) ? '❌' : result.outcome === 'passed' ? '✅' : '➖';
    const memory = result.memoryPeak === undefined ? '' : bytes(result.memoryPeak);
    const cpu = result.cpuUsec === undefined ? '' : seconds(result.cpuUsec / 1000);
    return `| ${mark} ${cell(result.name.slice(0, 300))} | ${cell(result.outcome)} | ${seconds(result.durationMs)} | ${memory} | ${cpu} | ${cell((result.message ?? '').slice(0, 300))} |`;
  });
  const left = sorted.length > MOST_ROWS ? `\n${sorted.length - MOST_ROWS} more tests are left out.\n` : '';
  return `### Tests: ${counts.join(', ')}\n\n| Test | Outcome | Time | Memory | CPU | |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n${left}${failedCases(sorted.flatMap(({ cases }) => cases ?? []))}`;
}

/** What the tests' own reports say: the failing cases, with their lines. */
function failedCases(cases: readonly TestCase[]): string {
  const bad = cases.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
  if (bad.length === 0) return '';
  const rows = bad.slice(0, MOST_ROWS).map(({ name, classname, suite, file, line, message }) => {
    const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`;
    return `| ${cell([classname ?? suite, name].filter(Boolean).join(' › ').slice(0, 300))} | ${where === '' ? '' : code(where)} | ${cell((message ?? '').slice(0, 300))} |`;
  });
  const left = bad.length > MOST_ROWS ? `\n${bad.length - MOST_ROWS} more are left out.\n` : '';
  return `\n${bad.length} of ${cases.length} cases failed:\n\n| Case | Where | |\n|---|---|---|\n${rows.join('\n')}\n${left}`;
}

function timeline({ steps, milliseconds }: SummaryFacts): string {
  const shown = steps.filter((step) => step.end !== undefined);
  if (shown.length === 0) return '';
  const longest = [...shown].sort((a, b) => b.end! - b.start - (a.end! - a.start)).slice(0, MOST_BARS);
  const bars = shown.filter((step) => longest.includes(step));
  const groups = new Map<string, TimelineStep[]>();
  for (const step of bars) groups.set(step.group ?? 'steps', [...(groups.get(step.group ?? 'steps') ?? []), step]);
  const lines = ['gantt', '  dateFormat x', '  axisFormat %M:%S'];
  for (const [group, members] of groups) {
    lines.push(`  section ${label(group)}`);
    for (const step of members) {
      const tag = step.failed !== undefined ? 'crit, ' : step.cached ? 'done, ' : 'active, ';
      lines.push(`  ${label(step.name)} :${tag}${step.start}, ${Math.max(step.end!, step.start + 1)}`);
    }
  }
  const cached = shown.filter((step) => step.cached).length;
  const left = shown.length - bars.length;
  const chart = `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n`;
  const misses = shown.flatMap((step) =>
    step.notes
      .filter((note) => /not cached|cache/i.test(note))
      .slice(0, 3)
      .map((note) => `| ${cell(step.name)} | ${cell(note)} |`),
  );
  const table =
    misses.length === 0
      ? ''
      : `\n<details><summary>Why steps were not cached</summary>\n\n| Step | Why |\n|---|---|\n${misses.slice(0, MOST_ROWS).join('\n')}\n\n</details>\n`;
  return `### Steps: ${shown.length}, ${cached} cached, ${seconds(milliseconds)}\n\n${chart}${left > 0 ? `\n${left} shorter steps are left out of the picture.\n` : ''}${table}`;
}

function caches({ cache }: SummaryFacts): string {
  return cache === undefined || cache.length === 0
    ? ''
    : `### Cache\n\n${cache
        .slice(0, 50)
        .map((line) => `- ${cell(line)}`)
        .join('\n')}\n`;
}

function details(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<details><summary>${title} (${lines.length})</summary>\n\n${lines
    .slice(0, MOST_ROWS)
    .map((line) => `- ${cell(line)}`)
    .join('\n')}\n\n</details>\n`;
}

/** Text in a table or paragraph: nothing in it is Markdown, HTML, a mention or a link. */
export function cell(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .replace(/[&<>"'`|*_~[\]\\#@!:]/g, (c) => (c === ':' ? c : `&#${c.charCodeAt(0)};`))
    .replace(/:\/\//g, '&#58;//')
    .slice(0, 4000);
}

function code(text: string): string {
  return `<code>${cell(text)}</code>`;
}

/** A fence longer than any in the text. */
function block(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.slice(-16_000).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '?')}\n${fence}\n`;
}

/** Mermaid ends a name at a colon, and takes `#` and `;` for its own. */
function label(text: string): string {
  const clean = text
    .replace(/[:;#\n\r`"<>&%{}]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const short = clean.length > 60 ? `${clean.slice(0, 59)}…` : clean;
  return short === '' ? 'step' : short;
}

function seconds(milliseconds: number): string {
  const total = milliseconds / 1000;
  return total < 60 ? `${total.toFixed(1)} s` : `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}

function bytes(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  return `${(size / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
