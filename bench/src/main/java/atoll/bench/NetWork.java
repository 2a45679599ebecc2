package atoll.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What {@code bench/net} measures; the guest knows each by its key. */
enum NetWork {
  /** Bytes to the host. */
  UP("up", "to the host, Mbit/s"),
  /** Bytes from the host. */
  DOWN("down", "from the host, Mbit/s"),
  /** A request of 4 KiB and its answer, from a server of the host. */
  LATENCY("latency", "4 KiB and its answer, median us"),
  /** Nothing, with the network up. */
  IDLE("idle", "idle, % of a CPU"),
  /** Bytes from one VM to another; only Atoll has a switch. */
  SWITCH("switch", "from VM to VM, Mbit/s");

  final String key;

  /** What a person calls it, with the unit. */
  final String title;

  NetWork(String key, String title) {
    this.key = key;
    this.title = title;
  }

  /** Whether QEMU does it, too. */
  boolean compared() {
    return this != SWITCH;
  }

  /** Whether it moves as many bytes as it can. */
  boolean rate() {
    return this == UP || this == DOWN || this == SWITCH;
  }

  /** The figure that a run shows, in the unit of the title. */
  double of(GuestRun run) {
    GuestRun.Workload result = run.workloads().get(key);
    return switch (this) {
      case UP, DOWN, SWITCH -> result.events() / 1e3;
      case LATENCY -> result.events() / 1e3;
      case IDLE -> 100 * result.cost().cpu() / result.cost().wall();
    };
  }

  /** CPU seconds of the whole process for a gigabyte, or for a thousand answers. */
  double cost(GuestRun run) {
    GuestRun.Workload result = run.workloads().get(key);
    double gigabytes = result.events() * 1e3 / 8 * result.n() / 1e9;
    return result.cost().cpu() / (rate() ? gigabytes : result.n() / 1e3);
  }

  /**
   * What words name; everything if there are none.
   *
   * @throws IllegalArgumentException with the words that there are
   */
  static List<NetWork> of(List<String> words) {
    for (String word : words) {
      if (Arrays.stream(values()).noneMatch(work -> work.key.equals(word))) {
        throw new IllegalArgumentException(
            "nothing is called '%s'; there are %s"
                .formatted(
                    word,
                    Arrays.stream(values()).map(w -> w.key).collect(Collectors.joining(", "))));
      }
    }
    return Arrays.stream(values()).filter(w -> words.isEmpty() || words.contains(w.key)).toList();
  }
}
