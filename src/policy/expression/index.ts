/** CEL as tallystick understands it: parsed, checked against a field catalogue, compiled to DuckDB SQL with Kleene's logic. */
export type { Catalogue, Field, FieldType, ObjectPath } from './catalogue.ts';
export { type Checked, type Condition, checkExpression, conditionsOf, type ExpressionResult } from './expression.ts';
export { type FunctionDoc, functions } from './functions.ts';
export { type LiteralResult, literalSql } from './literals.ts';
export type { ExpressionMistake, MistakeCode } from './mistakes.ts';
export { type Mutation, mutationsOf } from './mutation.ts';
export { type OperatorRow, operatorRows } from './operators.ts';
export { type Constant, reachOf } from './reach.ts';
export { LIMITS } from './syntax.ts';
export { checkTemplate, type Template, type TemplatePart, type TemplateResult } from './template.ts';
