import { chmod, chown, open as openFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** A socket for one RUN that leads to the user's ssh agent: the step sees the agent, never the keys. */
export interface SshRelay {
  /** The socket's file, to be bound into the container. */
  path: string;
  close(): Promise<void>;
}

/** Makes the relay in `folder`; the agent's own socket is reachable for its owner only, and not from inside. */
export async function relayAgent(
  agent: string,
  folder: string,
  name: string,
  access: { mode: number; uid: number; gid: number },
): Promise<SshRelay> {
  const path = join(folder, name);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(agent);
    for (const socket of [client, upstream]) {
      open.add(socket);
      // The other end sees the end of the connection, which is all that ssh needs to know.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  // A socket's address holds 107 bytes, which a state folder's path may well exceed: by the folder's descriptor it is short.
  const handle = await openFile(folder, 'r');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`/proc/self/fd/${handle.fd}/${name}`, resolve);
  });
  await chmod(path, access.mode);
  if (access.uid !== 0 || access.gid !== 0) await chown(path, access.uid, access.gid);
  return {
    path,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await handle.close();
      await rm(path, { force: true });
    },
  };
}
