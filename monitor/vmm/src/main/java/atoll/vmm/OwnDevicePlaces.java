package atoll.vmm;

import atoll.device.PeripheralHost;
import atoll.vmm.BoardPlan.Region;
import atoll.vmm.BoardPlan.Resource;
import atoll.vmm.BoardPlan.Shortage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Finds places for devices of a user's own: those that he gives, and free ones for what he leaves
 * open, which are none that he gives to another.
 */
final class OwnDevicePlaces {
  /** Most devices of a board. */
  static final int MOST = 16;

  /** Where free addresses are, in a gap of the {@code virt} machine. */
  private static final long FIRST = 0x1200_0000L;

  private static final long END = 0x2000_0000L;
  private static final long PAGE = 0x1000;

  /** Where free interrupts are, between those of PCI Express and those of channels. */
  private static final int FIRST_INTERRUPT = 36;

  private static final int END_INTERRUPT = 64;

  private final Places places;
  private final Consumer<Shortage> shortages;
  private final List<OwnDevice> devices;
  private final BitSet wishedInterrupts = new BitSet();

  OwnDevicePlaces(Places places, List<OwnDevice> devices, Consumer<Shortage> shortages) {
    this.places = places;
    this.devices = devices;
    this.shortages = shortages;
    devices.forEach(device ->
        device
            .interrupt()
            .ifPresent(first -> wishedInterrupts.set(first, first + device.interrupts())));
  }

  /** The place of each device, in order; none where there is a shortage. */
  List<Optional<Region>> all() {
    List<Optional<Region>> all = new ArrayList<>();
    for (int n = 0; n < devices.size(); n++) {
      all.add(n < MOST ? place(n, devices.get(n)) : tooMany(n));
    }
    return all;
  }

  private Optional<Region> tooMany(int n) {
    shortages.accept(new Shortage(Resource.DEVICES, n, devices.size(), n, MOST));
    return Optional.empty();
  }

  private Optional<Region> place(int n, OwnDevice device) {
    OptionalLong gpa = address(n, device);
    OptionalInt interrupt = device.interrupts() == 0 ? OptionalInt.of(0) : interrupts(n, device);
    if (gpa.isEmpty() || interrupt.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        places.at(
            PeripheralHost.label(device.name()),
            gpa.getAsLong(),
            device.size(),
            interrupt.getAsInt(),
            device.interrupts()));
  }

  private OptionalLong address(int n, OwnDevice device) {
    if (device.at().isPresent()) {
      long gpa = device.at().getAsLong();
      Optional<Region> taken = places.taker(gpa, device.size());
      taken.ifPresent(
          by -> shortages.accept(new Shortage(Resource.PLACE, n, gpa, by.gpa(), by.size())));
      return taken.isEmpty() ? device.at() : OptionalLong.empty();
    }
    long stride = Math.max(PAGE, Long.highestOneBit(2 * device.size() - 1));
    for (long gpa = FIRST; gpa + device.size() <= END; gpa += stride) {
      if (places.taker(gpa, device.size()).isEmpty() && !wished(gpa, device.size())) {
        return OptionalLong.of(gpa);
      }
    }
    shortages.accept(new Shortage(Resource.ROOM, n, device.size(), 0, END - FIRST));
    return OptionalLong.empty();
  }

  /** What is wrong, in words that follow the device. */
  static String describe(Shortage shortage) {
    return switch (shortage.resource()) {
      case DEVICES -> "is one too many: a VM has at most %d of its own".formatted(shortage.most());
      case PLACE ->
          "cannot be at 0x%x: another device or memory is at 0x%x to 0x%x; leave the address out to have a free one"
              .formatted(
                  shortage.asked(), shortage.taken(), shortage.taken() + shortage.most() - 1);
      case ROOM ->
          "finds no free 0x%x bytes of addresses; make it smaller".formatted(shortage.asked());
      case INTERRUPTS ->
          shortage.asked() == 0
              ? "finds no free interrupts; give it fewer"
              : "cannot have interrupt %d: another device has it, or one behind it; leave it out to have a free one"
                  .formatted(shortage.asked());
      default -> throw new IllegalArgumentException("no shortage of devices: " + shortage);
    };
  }

  private boolean wished(long gpa, long size) {
    return devices.stream()
        .filter(other -> other.at().isPresent())
        .anyMatch(other ->
            gpa < other.at().getAsLong() + other.size() && other.at().getAsLong() < gpa + size);
  }

  private OptionalInt interrupts(int n, OwnDevice device) {
    int count = device.interrupts();
    if (device.interrupt().isPresent()) {
      int first = device.interrupt().getAsInt();
      boolean free = places.free(first, count);
      if (!free) {
        shortages.accept(new Shortage(Resource.INTERRUPTS, n, first, 0, 0));
      }
      return free ? device.interrupt() : OptionalInt.empty();
    }
    for (int first = FIRST_INTERRUPT; first + count <= END_INTERRUPT; first++) {
      if (places.free(first, count) && wishedInterrupts.get(first, first + count).isEmpty()) {
        return OptionalInt.of(first);
      }
    }
    shortages.accept(new Shortage(Resource.INTERRUPTS, n, 0, 0, END_INTERRUPT - FIRST_INTERRUPT));
    return OptionalInt.empty();
  }
}
