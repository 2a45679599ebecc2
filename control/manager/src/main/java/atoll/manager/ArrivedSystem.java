package atoll.manager;

import atoll.host.HostMemory;
import atoll.image.RefusedException;
import atoll.vmm.SystemState;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What a system goes on from that has come from another host. Used once. */
final class ArrivedSystem extends SystemRestore {
  private final ArrivingParts parts;

  /**
   * @param parts all of which have come; memory is taken out of them
   */
  ArrivedSystem(SavedSystem saved, SystemState state, ArrivingParts parts) {
    super(saved, state);
    this.parts = parts;
  }

  @Override
  RefusedException refused(String why) {
    return new RefusedException("what has come cannot be used: " + why);
  }

  @Override
  HostMemory contents(SavedSystem.Region region) {
    return parts.memory(region);
  }

  @Override
  Image image(String bay, Supplier<Path> folder) {
    return parts.disk(bay);
  }
}
