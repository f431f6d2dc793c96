import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KeptDeployment {
  id: number;
  environment: string;
  ref: string;
  task: string;
  description: string;
  payload: Record<string, unknown>;
  created_at: string;
  /** The newest first. */
  statuses: { state: string; description: string; log_url?: string }[];
}

/** The part of GitHub's REST interface that releases use, on 127.0.0.1; remembers what it was told. */
export interface GithubServer extends AsyncDisposable {
  /** For GITHUB_API_URL. */
  url: string;
  port: number;
  /** The newest first. */
  deployments: KeptDeployment[];
  /** Release notes by tag. */
  releases: Map<string, { id: number; body: string }>;
  /** `POST /repos/o/r/deployments`, as they came; with a host in front when they came for a proxy. */
  requests: string[];
  /** Authorization headers that came. */
  tokens: Set<string>;
  /** Answers that this server refuses everything with. */
  refuse: { status: number; message: string } | undefined;
  close(): Promise<void>;
}

export async function startGithub(repository = 'Octo-Org/Hello-World'): Promise<GithubServer> {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const url = new URL(incoming.url!, 'http://here');
    github.requests.push(`${incoming.method} ${incoming.url}`);
    github.tokens.add(incoming.headers.authorization ?? '');
    const send = (status: number, value: unknown): void => {
      outgoing.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
    };
    if (github.refuse !== undefined) return send(github.refuse.status, { message: github.refuse.message });
    const base = `/repos/${repository}/`;
    const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : '';
    const [, id] = /^deployments\/(\d+)\/statuses$/.exec(path) ?? [];
    const deployment = github.deployments.find((one) => one.id === Number(id));
    if (path === 'deployments' && incoming.method === 'POST') {
      const kept = {
        ...(body as unknown as KeptDeployment),
        id: github.deployments.length + 1,
        created_at: new Date().toISOString().replace(/\.\d+Z/, 'Z'),
        statuses: [],
      };
      github.deployments.unshift(kept);
      return send(201, kept);
    }
    if (path === 'deployments') {
      const wanted = url.searchParams.get('environment');
      return send(
        200,
        github.deployments.filter(({ environment }) => environment === wanted),
      );
    }
    if (deployment !== undefined && incoming.method === 'POST') {
      deployment.statuses.unshift(body as unknown as KeptDeployment['statuses'][number]);
      return send(201, { id: 1 });
    }
    if (deployment !== undefined) return send(200, deployment.statuses.slice(0, 1));
    const release = github.releases.get(/^releases\/tags\/(.+)$/.exec(path)?.[1] ?? '');
    if (release !== undefined) return send(200, release);
    const edited = [...github.releases.values()].find(({ id: own }) => path === `releases/${own}`);
    if (edited !== undefined && incoming.method === 'PATCH') {
      edited.body = String(body.body);
      return send(200, edited);
    }
    send(404, { message: 'Not Found' });
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error) => outgoing.writeHead(500).end(String(error)));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    await new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  };
  const github: GithubServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    deployments: [],
    releases: new Map(),
    requests: [],
    tokens: new Set(),
    refuse: undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
  return github;
}
