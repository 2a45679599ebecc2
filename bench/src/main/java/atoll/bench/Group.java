package atoll.bench;

import java.util.Arrays;
import java.util.List;

/** The rows of {@code performance.md} that gbench serves: workloads that are judged together. */
enum Group {
  INTEGER(
      "integer and control",
      1.0,
      0.50,
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
  FLOATING("floating point", 0.5, 0.25, "matmul_d", "nbody", "mandel_f", "fft_d"),
  MEMORY("memory", 1.1, 0.75, "chase_l1", "chase_16m", "memcpy", "memset", "wordcopy", "atomic"),
  SELF_MODIFYING("self-modifying code", 1.0, 1.0, "smc"),
  KERNEL("kernel paths", 0.9, 0.40, "syscall", "mmapfault", "fork", "forkexec", "pipe", "signal");

  /** Issue 2's bar for the interpreter: the geometric mean of the integer group. */
  static final double INTERPRETER_INTEGER_MEAN = 7.0;

  /** Issue 2's bar for the interpreter: whole-process cold boot. */
  static final double INTERPRETER_BOOT = 3.5;

  /** The translator's bar for the whole-process cold boot. */
  static final double BOOT = 1.0;

  /** The bar for the resident size at the end of the boot. */
  static final double RESIDENT = 1.0;

  final String title;
  final double eachBar;
  final double meanBar;

  @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable list of strings
  final List<String> workloads;

  Group(String title, double eachBar, double meanBar, String... workloads) {
    this.title = title;
    this.eachBar = eachBar;
    this.meanBar = meanBar;
    this.workloads = List.of(workloads);
  }

  /** Every workload, in the order of the report. */
  static List<String> all() {
    return Arrays.stream(values()).flatMap(g -> g.workloads.stream()).toList();
  }
}
