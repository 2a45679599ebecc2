package atoll.bench;

/** Where Linux runs, as seen from the probe, which is on physical CPU 0. */
enum Place {
  OTHER("other", 1),
  SAME("same", 0);

  /** What {@code --only} calls it. */
  final String key;

  /** Linux's physical CPU. */
  final int pcpu;

  Place(String key, int pcpu) {
    this.key = key;
    this.pcpu = pcpu;
  }
}
