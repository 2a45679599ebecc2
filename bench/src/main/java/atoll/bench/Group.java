package atoll.bench;

import java.util.Arrays;
import java.util.List;

/** Workloads that are judged together. */
enum Group {
  INTEGER(
      "integer",
      "integer and control",
      1.0,
      0.38,
      "sieve",
      "matmul_i",
      "crc32",
      "muldiv",
      "mix32",
      "fib",
      "interp",
      "icall",
      "qsort",
      "bigcode",
      "strhash"),
  FLOATING("float", "floating point", 0.25, 0.15, "matmul_d", "nbody", "mandel_f", "fft_d"),
  MEMORY(
      "memory",
      "memory",
      0.8,
      0.45,
      "chase_l1",
      "chase_16m",
      "memcpy",
      "memset",
      "wordcopy",
      "atomic"),
  SELF_MODIFYING("smc", "self-modifying code", 0.6, Group.NO_BAR, "smc"),
  KERNEL(
      "kernel",
      "kernel paths",
      0.65,
      0.38,
      "syscall",
      "mmapfault",
      "fork",
      "forkexec",
      "pipe",
      "signal"),
  HARD(
      "hard",
      "hard cases",
      0.8,
      0.33,
      "wide",
      "widecopy",
      "jit",
      "fencei",
      "misaligned",
      "pagecross",
      "quad",
      "ctxswitch",
      "forkstorm",
      "timer10k"),
  PROGRAMS(
      "programs",
      "programs of Debian",
      Part.PROGRAMS,
      0.8,
      0.45,
      "gcc",
      "python",
      "perl",
      "lua",
      "sqlite",
      "openssl",
      "xz",
      "zstd",
      "node",
      "java");

  /** For a group whose mean is shown and not judged. */
  static final double NO_BAR = Double.POSITIVE_INFINITY;

  /** What {@code --only} calls it. */
  final String key;

  final String title;

  /** The boot in which they run. */
  final Part part;

  /** What the translator's ratio to its best peer may be at most, for every workload. */
  final double eachBar;

  /** The same for the geometric mean. */
  final double meanBar;

  @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable list of strings
  final List<String> workloads;

  Group(String key, String title, double eachBar, double meanBar, String... workloads) {
    this(key, title, Part.WORK, eachBar, meanBar, workloads);
  }

  Group(String key, String title, Part part, double eachBar, double meanBar, String... workloads) {
    this.key = key;
    this.title = title;
    this.part = part;
    this.eachBar = eachBar;
    this.meanBar = meanBar;
    this.workloads = List.of(workloads);
  }

  /** Every workload of a part's groups, in the order of the report. */
  static List<String> all(Part part) {
    return Arrays.stream(values())
        .filter(group -> group.part == part)
        .flatMap(group -> group.workloads.stream())
        .toList();
  }
}
