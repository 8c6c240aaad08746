import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../base/index.ts';
import { Server } from './lsp/server.ts';
import { BrokenStream, framed, messageReader } from './lsp/wire.ts';
import type { Command, CommonOptions } from './options.ts';
import { tell } from './terminal.ts';
import { toolVersion } from './version.ts';

/** `lsp`: serves an editor until it says exit; 0 after a shutdown, else 1, as the protocol asks; 2 when what arrives is not the protocol. */
export const lsp: Command<CommonOptions> = async () => {
  const schema: unknown = JSON.parse(
    await readFile(fileURLToPath(new URL('../../schemas/policy.schema.json', import.meta.url)), 'utf8'),
  );
  const send = (message: object): void => {
    process.stdout.write(framed(message));
  };
  const server = new Server({ send, version: toolVersion().version, schema, now: Date.now });
  const read = messageReader();
  try {
    for await (const piece of process.stdin) {
      for (const message of read(Buffer.from(piece))) {
        server.receive(message);
        if (server.ended !== undefined) return server.ended;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof BrokenStream)) throw thrown;
    tell(`tallystick: ${thrown.message}; the connection is closed`);
    return exitCodes.input;
  } finally {
    server.close();
    process.stdin.destroy();
  }
  // The editor is gone without a word.
  return exitCodes.findings;
};
