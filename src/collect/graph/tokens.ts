import { AuditError, reasonOf } from '../../base/index.ts';
import type { FetchToken, Token } from './credential.ts';
import { GraphFailure, scrub } from './failure.ts';

/** Hands out the current token; however many ask, one sign-in runs at a time. */
export type Tokens = {
  /** A token that is good for another five minutes where the authority gives such. Rejects with a `sign-in` failure. */
  readonly current: () => Promise<string>;
  /** Called with a token that was refused: signs in again unless somebody already did. */
  readonly renew: (refused: string) => Promise<string>;
};

const MARGIN_MS = 5 * 60_000;

/** Keeps tokens of one source. A sign-in that failed stays failed: the run must end soon and say why, not hammer the authority. */
export function keepTokens(fetchToken: FetchToken, now: () => number, signal: AbortSignal): Tokens {
  let token: Token | undefined;
  let running: Promise<Token> | undefined;

  const signIn = (): Promise<Token> => {
    running ??= fetchToken(signal).then(
      fresh => {
        token = fresh;
        running = undefined;
        return fresh;
      },
      (thrown: unknown) => {
        const text = thrown instanceof AuditError ? thrown.message : scrub(reasonOf(thrown), 400);
        throw new GraphFailure(signal.aborted ? 'stopped' : 'sign-in', text, { cause: thrown });
      },
    );
    return running;
  };

  return {
    current: async () => {
      if (token !== undefined && token.expiresAt - now() > MARGIN_MS) return token.token;
      return (await signIn()).token;
    },
    renew: async refused => (token !== undefined && token.token !== refused ? token.token : (await signIn()).token),
  };
}
