package atoll.pci;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.InterruptLine;
import atoll.device.MmioAccess;
import atoll.device.MmioBus;
import atoll.device.MmioDevice;
import atoll.pci.PciHost.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A bus with a host bridge, accessed as a vCPU does. */
final class PciBench {
  static final long ECAM = 0x3000_0000L;
  static final long LOW = 0x4000_0000L;
  static final long HIGH = 0x4_0000_0000L;
  static final int BAR0 = 0x10;
  static final int COMMAND = 4;
  static final int MEMORY = 2;
  static final int MASTER = 4;

  final MmioBus bus = new MmioBus();
  final boolean[] lines = new boolean[PciHost.PINS];
  final PciHost host =
      new PciHost(
          bus,
          List.of(new Window(LOW, 0x4000_0000L), new Window(HIGH, 0x4_0000_0000L)),
          IntStream.range(0, PciHost.PINS).mapToObj(this::line).toList(),
          Optional.of(this::received));

  /** Messages that functions have sent. */
  final List<String> messages = new ArrayList<>();

  private final MmioAccess access = new MmioAccess();

  PciBench() {
    bus.attachBehind(ECAM, 0x1000_0000, new OpenBus("pcie, no device"));
    bus.attachBehind(LOW, 0x4000_0000, new OpenBus("pcie memory"));
    bus.attachBehind(HIGH, 0x4_0000_0000L, new OpenBus("pcie memory above RAM"));
  }

  private void received(long address, int data) {
    messages.add("%x: %x".formatted(address, data));
  }

  private InterruptLine line(int n) {
    return high -> lines[n] = high;
  }

  /** What a function does, as it is told. */
  static final class Told implements PciDevice {
    final List<String> events = new ArrayList<>();

    @Override
    public void busMaster(boolean enabled) {
      events.add("master " + enabled);
    }

    @Override
    public void reset() {
      events.add("reset");
    }
  }

  /** Registers that remember a value and say which they are. */
  static final class Scratch implements MmioDevice {
    private final String name;
    long value;

    Scratch(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean decodes(long offset, int size, boolean write) {
      return true;
    }

    @Override
    public long read(long offset, int size) {
      return value + offset;
    }

    @Override
    public void write(long offset, int size, long written) {
      value = written;
    }
  }

  PciFunction add(int number, PciDevice device) {
    var identity = new PciFunction.Identity(0x1234, 0x11e8, 2, 0x01_08_02, 0xabcd, 0x77);
    PciFunction function = new PciFunction(number, identity, host, device);
    bus.attach(ECAM + number * PciFunction.SIZE, PciFunction.SIZE, function);
    return function;
  }

  long config(int number, int offset, int size) {
    return read(ECAM + number * PciFunction.SIZE + offset, size);
  }

  void config(int number, int offset, int size, long value) {
    write(ECAM + number * PciFunction.SIZE + offset, size, value);
  }

  long read(long gpa, int size) {
    assertThat(bus.perform(access.read(gpa, size))).isTrue();
    return access.value();
  }

  void write(long gpa, int size, long value) {
    assertThat(bus.perform(access.write(gpa, size, value))).isTrue();
  }

  /** Whether a capability of that number is in a function's list, which ends. */
  int capability(int number, int id) {
    int at = (int) config(number, 0x34, 1);
    for (int n = 0; at != 0; n++) {
      assertThat(n).isLessThan(48);
      assertThat(at).isBetween(0x40, 0xfc);
      if (config(number, at, 1) == id) {
        return at;
      }
      at = (int) config(number, at + 1, 1);
    }
    return 0;
  }
}
