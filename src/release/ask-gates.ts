import type { Digest } from '../oci/digest.ts';
import { silent } from '../progress.ts';
import type { ReleaseReport } from '../reports.ts';
import { ReleaseError } from './error.ts';
import { type Gate, schemaGate } from './gates.ts';
import { readImageFacts } from './image-facts.ts';
import type { ReleaseRequest } from './request.ts';

/** Asks one gate after the other, and notes in the report what each said. @throws ReleaseError `gate-failed` */
export async function askGates(request: ReleaseRequest, report: ReleaseReport): Promise<void> {
  const { gates = [], signal, force, progress = silent, places } = request;
  const first = places[0]!;
  const source = request.source?.place ?? first;
  const facts = (repository: typeof first.repository, digest: string) =>
    readImageFacts(repository, digest as Digest, signal);
  const target = {
    reference: `${source.name}@${report.toDigest}`,
    facts: await facts(source.repository, report.toDigest),
    ...(report.fromDigest === undefined ? {} : { current: await facts(first.repository, report.fromDigest) }),
    signal,
  };
  const all: Gate[] = [...(force ? [] : [schemaGate]), ...gates];
  for (const gate of all) {
    const task = progress.start({ name: `gate: ${gate.name}` });
    try {
      const { passed, message } = await gate.ask(target);
      task.note(message);
      report.gates.push({ name: gate.name, message });
      if (!passed)
        throw new ReleaseError('gate-failed', `${gate.name}: ${message}`, {
          hint: 'nothing was moved; --force goes round the schema revision, tests have to pass',
        });
      task.done();
    } catch (error) {
      task.fail(error);
      throw error;
    }
  }
}
