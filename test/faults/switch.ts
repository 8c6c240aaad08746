import { connect, createServer, type Socket } from 'node:net';

/** One address behind which servers take turns, as behind a name that DNS or a load balancer resolves anew. */
export type Switch = {
  readonly port: number;
  /** Closes every connection and leads the next ones to another port. */
  readonly turn: (port: number) => void;
  readonly stop: () => Promise<void>;
};

/** Listens on loopback and passes bytes on. */
export async function startSwitch(first: number): Promise<Switch> {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer(client => {
    const behind = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
  const closeAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port,
    turn: next => {
      target = next;
      closeAll();
    },
    stop: async () => {
      closeAll();
      await new Promise(done => server.close(done));
    },
  };
}
