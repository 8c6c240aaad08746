/** Where facts come from: `import` are declared facts, which somebody wrote down because no collector can read them. */
export type Source = 'ad' | 'graph' | 'import';
