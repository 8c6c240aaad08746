/** A queue in which taking the first of many costs nothing. */
export type Line<T> = {
  readonly size: () => number;
  readonly push: (item: T) => void;
  readonly take: () => T | undefined;
};

/** An empty queue. */
export function lineOf<T>(): Line<T> {
  let first = 0;
  let items: T[] = [];
  return {
    size: () => items.length - first,
    push: (item: T) => void items.push(item),
    take: (): T | undefined => {
      const item = items[first];
      if (first < items.length) first++;
      if (first >= 4096) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
  };
}
