import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, type Subject, time } from '../measure.ts';
import { installed, type RegistryPeer, startRegistry } from '../peers.ts';
import { type Bench, type Row, ratio } from '../row.ts';
import { busyboxTar, docker, dockerSubject, importEverywhere, ours } from '../workloads.ts';

const IMAGE = 'bench/transfer:1';

/** Three layers of 67 MB that compress to about two thirds, like programs do. */
async function makeImage(bench: Bench): Promise<{ archive: string; layout: string }> {
  await importEverywhere(bench, busyboxTar(bench), 'bench/busybox:1');
  const context = join(bench.arena.folder, 'context-transfer');
  mkdirSync(context, { recursive: true });
  for (const i of [1, 2, 3])
    execFileSync('sh', [
      '-c',
      `dd if=/dev/urandom bs=1M count=45 2>/dev/null > "$1"; dd if=/dev/zero bs=1M count=22 2>/dev/null >> "$1"`,
      'sh',
      join(context, `data${i}`),
    ]);
  writeFileSync(join(context, 'Dockerfile'), 'FROM bench/busybox:1\nCOPY data1 /\nCOPY data2 /\nCOPY data3 /\n');
  const archive = join(bench.arena.folder, 'transfer.tar');
  await ours(bench, 'build', '--quiet', '-t', IMAGE, context);
  await ours(bench, 'save', '-o', archive, IMAGE);
  if (bench.docker) await docker(bench, ['load', '-i', archive]);
  const layout = join(bench.arena.folder, 'transfer-layout');
  rmSync(layout, { recursive: true, force: true });
  const skopeo = installed('skopeo');
  if (skopeo) await time([skopeo, '--insecure-policy', 'copy', `docker-archive:${archive}`, `oci:${layout}:1`]);
  return { archive, layout };
}

function emptyRegistry(registry: RegistryPeer): void {
  rmSync(join(registry.storage, 'docker'), { recursive: true, force: true });
}

const BLOB_INFO_CACHES = ['/var/lib/containers/cache/blob-info-cache-v1.boltdb'];

export const pushRow: Row = {
  name: 'push',
  title: 'push, 3 layers, 200 MB, to docker-registry',
  async run(bench) {
    const registry = await startRegistry(join(bench.arena.folder, 'registry-push'));
    if (!registry) throw new Error('needs docker-registry: apt-get install docker-registry');
    try {
      const { layout } = await makeImage(bench);
      const target = `${registry.host}/bench/transfer:1`;
      await ours(bench, 'tag', IMAGE, target);
      if (bench.docker) await docker(bench, ['tag', IMAGE, target]);
      const prepare = async () => {
        emptyRegistry(registry);
        for (const cache of BLOB_INFO_CACHES) rmSync(cache, { force: true });
      };
      const subjects: Subject[] = [
        { name: 'containerize', prepare, run: () => ours(bench, 'push', '--quiet', target) },
        ...dockerSubject(bench, () => docker(bench, ['push', '--quiet', target]), prepare),
      ];
      const skopeo = installed('skopeo');
      if (skopeo)
        subjects.push({
          name: 'skopeo',
          prepare,
          run: () =>
            time([
              skopeo,
              '--insecure-policy',
              'copy',
              '--dest-tls-verify=false',
              `oci:${layout}:1`,
              `docker://${target}`,
            ]),
        });
      const measured = await interleave(subjects, bench.runs);
      const find = (word: string) => measured.find((m) => m.name.startsWith(word));
      return {
        measured,
        verdicts: [...ratio(measured[0]!, find('docker'), 0.3), ...ratio(measured[0]!, find('skopeo'), 0.8)],
      };
    } finally {
      await registry.stop();
    }
  },
};

export const pullRow: Row = {
  name: 'pull',
  title: 'pull and unpack the same',
  async run(bench) {
    const registry = await startRegistry(join(bench.arena.folder, 'registry-pull'));
    if (!registry) throw new Error('needs docker-registry: apt-get install docker-registry');
    try {
      await makeImage(bench);
      const target = `${registry.host}/bench/transfer:1`;
      await ours(bench, 'tag', IMAGE, target);
      await ours(bench, 'push', '--quiet', target);
      const subjects: Subject[] = [
        {
          name: 'containerize',
          prepare: async () => rmSync(join(bench.arena.folder, 'root-pull'), { recursive: true, force: true }),
          // `create` unpacks; docker and umoci unpack in their pull.
          run: () =>
            time(
              [
                'sh',
                '-c',
                `"$@" pull --quiet ${target} && "$@" create --name unpacked ${target} true`,
                'sh',
                ...bench.containerize,
              ],
              { env: { ...bench.env, CONTAINERIZE_ROOT: join(bench.arena.folder, 'root-pull') } },
            ),
        },
      ];
      if (bench.docker) {
        const prepare = async () => {
          await time([
            'sh',
            '-c',
            `"$@" rmi -f $("$@" images -q) >/dev/null; "$@" builder prune -af >/dev/null; "$@" image prune -af`,
            'sh',
            ...bench.docker!.command,
          ]);
        };
        subjects.push(...dockerSubject(bench, () => docker(bench, ['pull', '--quiet', target]), prepare));
      }
      const [skopeo, umoci] = [installed('skopeo'), installed('umoci')];
      if (skopeo && umoci) {
        const folder = join(bench.arena.folder, 'skopeo-pull');
        subjects.push({
          name: 'skopeo + umoci',
          prepare: async () => {
            for (const name of readdirSync(bench.arena.folder).filter((n) => n === 'skopeo-pull'))
              rmSync(join(bench.arena.folder, name), { recursive: true, force: true });
            mkdirSync(folder);
            for (const cache of BLOB_INFO_CACHES) rmSync(cache, { force: true });
          },
          run: () =>
            time([
              'sh',
              '-c',
              `${skopeo} --insecure-policy copy --src-tls-verify=false docker://${target} oci:${folder}/layout:1 && ${umoci} unpack --image ${folder}/layout:1 ${folder}/bundle`,
            ]),
        });
      }
      const measured = await interleave(subjects, bench.runs);
      return { measured, verdicts: measured.slice(1).flatMap((peer) => ratio(measured[0]!, peer, 0.7)) };
    } finally {
      await registry.stop();
    }
  },
};
