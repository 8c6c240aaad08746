export { writeJwt } from './assertion.ts';
export { type KeyPair, makeKeyPair } from './key-pair.ts';
export { type Authority, type AuthorityOptions, type Client, startAuthority } from './server.ts';
