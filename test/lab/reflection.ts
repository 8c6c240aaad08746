// @peculiar/x509 pulls in tsyringe, which refuses to load without the `Reflect` metadata API and leaves the choice
// of a polyfill to the application. Nothing that it injects carries metadata, so this least of all polyfills will do.
// Import it before @peculiar/x509.
const kept = new WeakMap<object, Map<unknown, unknown>>();

function read(key: unknown, target: object): unknown {
  return kept.get(target)?.get(key);
}

Object.assign(Reflect, {
  getMetadata: read,
  getOwnMetadata: read,
  defineMetadata(key: unknown, value: unknown, target: object): void {
    const values = kept.get(target) ?? new Map<unknown, unknown>();
    kept.set(target, values.set(key, value));
  },
});
