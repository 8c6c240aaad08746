export { facetLink, facetsPage } from './facets.ts';
export { functionsPage } from './functions.ts';
export { invariantPage, invariantsPage, readersOf } from './invariants.ts';
export { anchorOf, cell, code, fence, page, table } from './markdown.ts';
export { ownReference } from './own.ts';
export { populationsPage } from './populations.ts';
export type { Site } from './site.ts';
