package atoll.bench;

import java.util.List;

/**
 * A boot that both machines do, and that is to be compared.
 *
 * @param guest what is booted
 * @param expected the workloads that it must have finished
 * @param scaled whether gbench's scale is to be added to the command line
 */
record Trial(Part part, Machine.Guest guest, List<String> expected, boolean scaled) {
  /** The guest for a machine that does {@code percent} of gbench's work. */
  Machine.Guest at(int percent) {
    return scaled ? guest.with("gs=" + percent) : guest;
  }
}
