export { type Description, settingsOf } from './description.ts';
export { type Journal, noJournal, type Occasion, type OpenJournal, type Recalled, within } from './journal.ts';
export {
  type Break,
  beginState,
  discardState,
  listUnfinished,
  type Owner,
  resumeState,
  type State,
  type Unfinished,
} from './state.ts';
