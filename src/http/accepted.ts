/**
 * Which of the types offered a caller likes best, the first of them where several are liked alike. Where none is
 * taken it is the first, too: an answer that was not asked for tells more than none.
 * Source: RFC 9110, 12.5.1.
 */
export function accepted<Offered extends string>(
  header: string | undefined,
  offered: readonly [Offered, ...Offered[]],
): Offered {
  const ranges = (header ?? '*/*').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return { type, quality: Number(quality) || 0 };
  });
  const liked = (type: string) => {
    const fitting = [type, `${type.split('/')[0]}/*`, '*/*'];
    const found = fitting.flatMap((form) => ranges.find((range) => range.type === form) ?? []);
    return found[0]?.quality ?? 0;
  };
  return offered.reduce((best, type) => (liked(type) > liked(best) ? type : best), offered[0]);
}
