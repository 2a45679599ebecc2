package atoll.manager;

import atoll.host.HostMemory;
import atoll.image.RefusedException;
import atoll.vmm.SystemState;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What a system goes on from that has come from another host. Used once. */
final class ArrivedSystem extends SystemRestore {
  private final ArrivingParts parts;
  private final boolean whole;

  /**
   * @param parts memory is taken out of them
   * @param whole whether all has come; otherwise memory is blank, and nothing is taken
   */
  ArrivedSystem(SavedSystem saved, SystemState state, ArrivingParts parts, boolean whole) {
    super(saved, state);
    this.parts = parts;
    this.whole = whole;
  }

  @Override
  RefusedException refused(String why) {
    return new RefusedException("what has come cannot be used: " + why);
  }

  @Override
  HostMemory contents(SavedSystem.Region region) {
    return whole ? parts.memory(region) : parts.blank(region);
  }

  @Override
  Image image(String bay, Supplier<Path> folder) {
    return whole ? parts.disk(bay) : parts.rehearsed(bay, folder);
  }
}
