/** The moment at which every test of this folder happens. */
export const NOW = Date.UTC(2026, 7, 22, 9, 0, 0);
