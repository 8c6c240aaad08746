/** Parts that a version may have, and digits that a part may have. */
const MOST_PARTS = 8;
const MOST_DIGITS = 9;

const FORM = `\\d{1,${MOST_DIGITS}}(\\.\\d{1,${MOST_DIGITS}}){0,${MOST_PARTS - 1}}`;
const VERSION = new RegExp(`^${FORM}$`);

/** Why a text is no version, with what to write instead; undefined when it is one: whole numbers with dots between. */
export function versionFlaw(text: string): { readonly message: string; readonly hint: string } | undefined {
  if (VERSION.test(text)) return undefined;
  return {
    message: `${JSON.stringify(text)} is not a version.`,
    hint: `Write up to ${MOST_PARTS} whole numbers with dots between: 2.5.76.0.`,
  };
}

/** Whether one version is at least another, part by part as numbers, missing parts as 0; NULL when either is no version. */
export function versionSql(version: string, minimum: string): string {
  const isVersion = (text: string) => `regexp_full_match(${text}, '${FORM}')`;
  const parts = (text: string) =>
    `list_resize(TRY_CAST(string_split(${text}, '.') AS BIGINT[]), ${MOST_PARTS}, CAST(0 AS BIGINT))`;
  return `(CASE WHEN ${isVersion(version)} AND ${isVersion(minimum)} THEN ${parts(version)} >= ${parts(minimum)} END)`;
}
