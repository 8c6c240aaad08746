import type { Random } from './random.ts';

const GIVEN =
  'Ada Ben Chloé Dörte Émile Fatima Günther Håkon Inês Jürgen Katarzyna Łukasz Mária Ngọc Óscar Petra Quentin Renée Søren Tomáš Uğur Vera Wojciech Xóchitl Yūki Zoë'.split(
    ' ',
  );
const FAMILY =
  "Abel Brontë Côté D'Angelo Eñe Fuß García Håland Ibáñez Jørgensen Kovač Lévy Müller Núñez O'Brien Pham Quist Rodríguez Šimek Tóth Ünal Vogel Wójcik Xu Yıldız Zięba".split(
    ' ',
  );
const TEAMS =
  'Accounting Benefits Compliance Design Engineering Facilities Grants Hardware Invoicing Journals Kitchen Legal Marketing Network Operations Payroll Quality Research Sales Treasury'.split(
    ' ',
  );
const PLACES = 'Aachen Bern Córdoba Delft Évora Fürth Gdańsk Høvik Izmir Jönköping Kraków Lübeck Malmö'.split(' ');

/** A person's name. */
export function personName(random: Random): { readonly given: string; readonly family: string } {
  return { given: random.pick(GIVEN), family: random.pick(FAMILY) };
}

/** The display name of the group with this number: sometimes with what distinguished names must escape, beyond ASCII, or long. */
export function groupName(random: Random, number: number): string {
  const team = random.pick(TEAMS);
  const place = random.pick(PLACES);
  const shapes = [
    `${team} ${place} ${number}`,
    `${team}, ${place} ${number}`,
    `${team} + Partners ${number}`,
    `#${team}-${number}`,
    `${team} 🚀 ${number}`,
    `${team} "${place}" ${number}; <old> = \\new\\`,
    `${number} ${team} of the regional branch in ${place} and all its neighbouring offices`,
    `  ${team} ${number} ${place} `,
    `${team}/${place} (${number}) * 100 %`,
    `Équipe ${team} – ${place} ${number}`,
  ];
  return random.chance(0.5) ? `${team} ${place} ${number}` : random.pick(shapes);
}

/** Letters and digits of ASCII, for mail addresses and account names. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
}
