// Sees to it that Samba is there, or says in one sentence what to install.
import { ensureSamba } from './install.ts';

try {
  await ensureSamba();
} catch (thrown) {
  process.stderr.write(
    `${thrown instanceof Error ? thrown.message : String(thrown)}\nThe tests that need nothing: npm run test:unit\n`,
  );
  process.exitCode = 1;
}
