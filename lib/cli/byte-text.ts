const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** A size for a person: three digits that count, in steps of 1,024. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

/** A bar, how far it is, the rate and the time left, of what began at `begin` (milliseconds of `performance`). */
export function rateText(begin: number): (bytes: number, total: number | undefined) => string {
  return (bytes, total) => {
    const seconds = (performance.now() - begin) / 1000;
    // What is quick needs no bar.
    if (seconds < 1) return '';
    const rate = bytes / seconds;
    const text = `${byteText(bytes)}, ${byteText(Math.round(rate))}/s`;
    if (!total) return text;
    const share = Math.min(1, bytes / total);
    const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░');
    const left = rate > 0 ? `, ${timeText((total - bytes) / rate)} left` : '';
    return `${bar} ${Math.floor(share * 100)} %  ${byteText(bytes)} of ${byteText(total)}, ${byteText(Math.round(rate))}/s${left}`;
  };
}

const WIDTH = 24;

function timeText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
