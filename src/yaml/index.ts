export { escapePointer } from './compose.ts';
export * from './document.ts';
export * from './duration.ts';
export { readBytes, whyUnreadable } from './file.ts';
export * from './format.ts';
export * from './schema.ts';
