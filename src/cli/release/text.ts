import type { ReleaseReport, TagMove } from '../../reports.ts';
import { shortId } from '../format.ts';
import { formatTable } from '../table.ts';

const VERBS = { release: 'Release', promote: 'Promote', rollback: 'Roll back' } as const;

/** What is going to move, as a table. */
export function planText(plan: ReleaseReport): string {
  const head = `${VERBS[plan.action]} ${plan.channel}: ${named(plan.fromDigest, plan.fromVersion)} → ${named(plan.toDigest, plan.toVersion)}\n`;
  const rows = plan.moves.map((move) => [
    `${move.repository}:${move.tag}`,
    named(move.from),
    named(move.to),
    stateOf(move),
  ]);
  const gates = plan.gates.map(({ name, message }) => `✓ ${name}: ${message}\n`).join('');
  return `${head}${formatTable([['TAG', 'FROM', 'TO', ''], ...rows])}${gates}`;
}

export function resultText(report: ReleaseReport): string {
  if (report.dryRun) return 'nothing was moved (--dry-run)\n';
  if (!report.changed) return `${report.channel} names ${report.toDigest} already: nothing to do\n`;
  const lines = [`${report.channel} is ${named(report.toDigest, report.toVersion)} now`];
  if (report.shadowTag !== undefined) lines.push(`remembered as ${report.shadowTag}`);
  if (report.held)
    lines.push(
      `held: later releases stop until --force, or containerize release --unhold ${report.repositories.join(' ')} --channel ${report.channel}`,
    );
  if (report.undoCommand !== undefined) lines.push(`to take it back: ${report.undoCommand}`);
  return `${lines.join('\n')}\n`;
}

function named(digest: string | undefined, version?: string): string {
  if (digest === undefined) return 'nothing';
  return version === undefined ? shortId(digest) : `${version} (${shortId(digest)})`;
}

function stateOf(move: TagMove): string {
  return move.from === move.to ? 'stays' : 'moves';
}
