package atoll.migration;

import java.util.List;

/** Decides who may come, and makes room. */
@FunctionalInterface
public interface Reception {
  /**
   * Makes room for a system.
   *
   * @param peer by which name the host is trusted that it comes from
   * @param description what that host's manager says of it, which may be anything
   * @param regions what will come
   * @throws MigrationException if it cannot come
   */
  ArrivingSystem accept(String peer, String system, byte[] description, List<Region> regions)
      throws MigrationException;
}
