import { spawn } from 'node:child_process';

const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * How a program is run: text for its standard input, variables on top of the inherited environment, a time limit in
 * milliseconds, and what on its standard error means that it failed, whatever its exit code says.
 */
export type RunOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly failure?: RegExp;
};

/**
 * Runs a program to its end and answers its standard output. Rejects with one sentence that names the program and
 * carries the tail of what it said when it cannot be started, fails, says too much or takes longer than `timeout`.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Not spawn's own `timeout`: its timer goes on when the program does not exist, and keeps the caller alive.
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 120_000);
    const out: Buffer[] = [];
    let size = 0;
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) child.kill('SIGKILL');
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4000);
    });
    child.on('error', error => {
      clearTimeout(timer);
      reject(new Error(`${program} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const text = Buffer.concat(out).toString('utf8');
      if (code === 0 && options.failure?.test(said) !== true) return resolve(text);
      const tail = `${text.slice(-1000)}\n${said}`.trim();
      reject(new Error(`${program} ${args[0] ?? ''} ended with ${code ?? signal}: ${tail}`));
    });
    child.stdin.on('error', () => undefined); // a program that does not read its input is no failure
    child.stdin.end(options.input ?? '');
  });
}
