import type { Row } from '../../snapshot/index.ts';
import type { AdThing } from './world.ts';

/** An AD group with the facts that other tables need of it. */
export type PlacedGroup = { readonly thing: AdThing; readonly row: Row<'ad_group'>; readonly read: boolean };
