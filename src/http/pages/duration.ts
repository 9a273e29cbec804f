const UNITS = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** So many milliseconds as somebody would say it: two digits, in the largest unit that fits. */
export function inWords(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  const [unit, size] = UNITS.find(([, each]) => seconds >= each * 0.995) ?? UNITS[3];
  const amount = seconds / size;
  const text = amount >= 9.95 ? String(Math.round(amount)) : String(Math.round(amount * 10) / 10);
  return unit === 'day' && text !== '1' ? `${text} days` : `${text} ${unit}`;
}
