export { escapePointer } from './compose.ts';
export { tooLarge } from './decode.ts';
export * from './document.ts';
export * from './duration.ts';
export * from './format.ts';
export * from './schema.ts';
