package atoll.pci;

import atoll.device.InterruptLine;
import atoll.device.Message;
import atoll.device.MmioBus;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The host bridge: which interrupt a function's pin is wired to, and where on the machine's bus the
 * registers behind each BAR are. Functions are on bus 0, one a device.
 *
 * <p>Its monitor is taken under that of a function, before those of the bus and of what is behind a
 * BAR.
 */
public final class PciHost {
  /** Devices of a bus. */
  public static final int DEVICES = 32;

  /** Pins INTA to INTD, and lines that they are wired to. */
  public static final int PINS = 4;

  private final MmioBus bus;

  @Unsaved("as it was made")
  private final List<Window> windows;

  @Unsaved("as it was made")
  private final List<SharedLine> lines;

  private final Optional<Message> messages;

  /** In the order of devices: which is where if two want one place. */
  @Unsaved("as they were made")
  private final List<Bar> bars = new ArrayList<>();

  /**
   * Addresses that the bridge passes on.
   *
   * @param base guest-physical address of the first byte
   * @param size bytes
   */
  public record Window(long base, long size) {
    private boolean contains(long at, long bytes) {
      return Long.compareUnsigned(at, base) >= 0
          && Long.compareUnsigned(at - base, size) < 0
          && bytes <= size - (at - base);
    }
  }

  /**
   * Makes one.
   *
   * @param bus the machine's
   * @param windows where memory BARs answer
   * @param interrupts four inputs of the interrupt controller
   * @param messages where functions send theirs, if anything receives them
   */
  public PciHost(
      MmioBus bus,
      List<Window> windows,
      List<InterruptLine> interrupts,
      Optional<Message> messages) {
    this.bus = bus;
    this.windows = List.copyOf(windows);
    this.messages = messages;
    lines = interrupts.stream().map(SharedLine::new).toList();
  }

  /**
   * Which of the bridge's lines a pin is wired to: neighbours' pins are on different ones (PCI
   * §2.2.6).
   *
   * @param device 0 to 31
   * @param pin 0 for INTA to 3 for INTD
   */
  public static int line(int device, int pin) {
    return (device + pin) % PINS;
  }

  /** The pin INTA of a device. */
  IntxPin pin(int device) {
    return new IntxPin(lines.get(line(device, 0)).input(device));
  }

  Optional<Message> messages() {
    return messages;
  }

  synchronized void add(Bar bar) {
    bars.add(bar);
  }

  /**
   * Puts everything where the BARs say. A BAR outside of the windows, or upon one that comes before
   * it, is nowhere.
   *
   * @param of those of the function whose registers may have changed
   */
  synchronized void place(List<Bar> of) {
    of.forEach(Bar::look);
    List<Long> places = places();
    List<Integer> changed =
        IntStream.range(0, bars.size())
            .filter(n -> bars.get(n).at() != places.get(n))
            .boxed()
            .toList();
    // Of several, one may want the place of another that has not left it yet.
    changed.stream()
        .filter(n -> changed.size() > 1 || places.get(n) == Bar.NOWHERE)
        .forEach(n -> bars.get(n).leave());
    changed.stream()
        .filter(n -> places.get(n) != Bar.NOWHERE)
        .forEach(n -> bars.get(n).go(bus, places.get(n)));
  }

  /** Where each is to be: no two at one place. */
  private List<Long> places() {
    List<Long> places = new ArrayList<>();
    for (Bar bar : bars) {
      long at = bar.wanted();
      boolean inside = windows.stream().anyMatch(window -> window.contains(at, bar.size()));
      places.add(inside && clear(at, bar.size(), places) ? at : Bar.NOWHERE);
    }
    return places;
  }

  private boolean clear(long at, long size, List<Long> places) {
    for (int n = 0; n < places.size(); n++) {
      long other = places.get(n);
      if (other != Bar.NOWHERE && at < other + bars.get(n).size() && other < at + size) {
        return false;
      }
    }
    return true;
  }
}
