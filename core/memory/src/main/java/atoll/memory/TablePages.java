package atoll.memory;

import atoll.host.HostMemory;
import java.util.Optional;

/**
 * Machine memory for the tables by which a machine's addresses are translated; no guest-physical
 * address leads to it.
 *
 * @param hpa the host-physical address of its first byte
 * @param memory zeroed
 * @param release gives it back; once
 */
public record TablePages(long hpa, HostMemory memory, Runnable release) implements AutoCloseable {
  /** Where such memory comes from. */
  @FunctionalInterface
  public interface Source {
    /**
     * Takes some.
     *
     * @param bytes whole pages
     * @return empty if there is not as much
     */
    Optional<TablePages> take(long bytes);
  }

  /** Pages of this process that are on nobody's account, at a host-physical address of choice. */
  static TablePages unaccounted(long hpa, long bytes) {
    HostMemory memory = HostMemory.allocate(bytes);
    return new TablePages(hpa, memory, memory::close);
  }

  @Override
  public void close() {
    release.run();
  }
}
