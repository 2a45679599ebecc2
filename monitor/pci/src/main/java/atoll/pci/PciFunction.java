package atoll.pci;

import atoll.device.InterruptLine;
import atoll.device.MmioDevice;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Function 0 of a device on the bus: its configuration space, as the enhanced configuration access
 * mechanism (ECAM, §7.2.2) shows it.
 *
 * <p>Software may access any bytes of it that are aligned; of eight, each half by itself.
 */
public final class PciFunction implements MmioDevice, Stateful<PciFunction.State> {
  /** Bytes of address range of a device: eight functions. */
  public static final long SIZE = 0x8000;

  private static final int FUNCTION_SIZE = 0x1000;

  // §7.5.1.1, §7.5.1.2: the header of type 0.
  private static final int VENDOR = 0x00;
  private static final int DEVICE = 0x02;
  private static final int COMMAND = 0x04;
  private static final int STATUS = 0x06;
  private static final int REVISION = 0x08;
  private static final int CLASS = 0x09;
  private static final int CACHE_LINE = 0x0c;
  private static final int SUBSYSTEM_VENDOR = 0x2c;
  private static final int SUBSYSTEM = 0x2e;
  private static final int INTERRUPT_LINE = 0x3c;
  private static final int INTERRUPT_PIN = 0x3d;

  private static final int COMMAND_MEMORY = 1 << 1; // §7.5.1.1.3
  private static final int COMMAND_MASTER = 1 << 2;
  private static final int COMMAND_PARITY = 1 << 6;
  private static final int COMMAND_ERRORS = 1 << 8;
  private static final int COMMAND_NO_INTX = 1 << 10;
  private static final int COMMAND_WRITABLE =
      COMMAND_MEMORY | COMMAND_MASTER | COMMAND_PARITY | COMMAND_ERRORS | COMMAND_NO_INTX;
  private static final int STATUS_INTERRUPT = 1 << 3; // §7.5.1.1.4
  private static final int PIN_A = 1;

  private static final int EXPRESS = 0x10; // §7.5.3
  private static final int EXPRESS_LENGTH = 0x3c;
  private static final int EXPRESS_INTEGRATED = 0x0092; // version 2, integrated endpoint
  private static final int DEVICE_CAPABILITIES = 0x04;
  private static final int CAPABLE = 1 << 28 | 1 << 15; // function-level reset, error reporting
  private static final int DEVICE_CONTROL = 0x08;
  private static final int CONTROL_INITIAL = 0x2810; // relaxed order, no snoop, reads of 512 bytes
  private static final int CONTROL_WRITABLE = 0x781f;
  private static final int CONTROL_RESET = 1 << 15;

  private static final int POWER = 0x01; // §7.5.2
  private static final int POWER_LENGTH = 8;
  private static final int POWER_VERSION = 3;
  private static final int POWER_CONTROL = 0x04;
  private static final int POWER_STATE = 3;
  private static final int POWER_KEEPS = 1 << 3; // no soft reset between D3hot and D0

  private final String name;
  private final PciHost host;
  private final PciDevice device;
  private final ConfigSpace space = new ConfigSpace();
  private final IntxPin pin;

  @Unsaved("as it was made")
  private final List<Bar> bars = new ArrayList<>();

  @Unsaved("as it was made")
  private int express;

  @Unsaved("as it was made")
  private int power;

  @Unsaved("follows from the command register")
  private boolean master;

  @Unsaved("as it was made")
  private Optional<Msix> msix = Optional.empty();

  /**
   * The whole state.
   *
   * @param config the first 256 bytes of configuration space, as words
   */
  public record State(List<Integer> config) {
    public State {
      config = List.copyOf(config);
    }
  }

  /**
   * What a function says that it is (§7.5.1.1).
   *
   * @param classCode base class, sub-class and programming interface, 24 bits
   */
  public record Identity(
      int vendor, int device, int revision, int classCode, int subsystemVendor, int subsystem) {}

  /**
   * Makes one.
   *
   * @param number of its device on the bus, 0 to 31
   * @param device told what software does with it
   */
  public PciFunction(int number, Identity identity, PciHost host, PciDevice device) {
    this.name = "pci 00:%02x.0".formatted(number);
    this.host = host;
    this.device = device;
    pin = host.pin(number);
    space.define(VENDOR, 2, identity.vendor, 0);
    space.define(DEVICE, 2, identity.device, 0);
    space.define(COMMAND, 2, 0, COMMAND_WRITABLE);
    space.define(REVISION, 1, identity.revision, 0);
    space.define(CLASS, 3, identity.classCode, 0);
    space.define(CACHE_LINE, 1, 0, 0xff);
    space.define(SUBSYSTEM_VENDOR, 2, identity.subsystemVendor, 0);
    space.define(SUBSYSTEM, 2, identity.subsystem, 0);
    space.define(INTERRUPT_LINE, 1, 0, 0xff);
  }

  // ------------------------------------------------------------ how one is made

  /** Its registers in configuration space. */
  public ConfigSpace space() {
    return space;
  }

  /** Puts registers behind a BAR: {@code index} 0 to 5, a power of two of bytes. */
  public void bar(int index, boolean wide, long size, MmioDevice registers) {
    Bar bar = new Bar(this, index, wide, size, registers);
    bars.add(bar);
    host.add(bar);
  }

  /**
   * Puts memory behind a BAR of 64 bits: {@code index} 0 to 4, a power of two of bytes, whole
   * pages.
   *
   * @param behind what answers accesses that the memory does not
   * @param where told at which guest-physical address it is to be, or -1 for nowhere; the monitors
   *     of the function and of the host bridge are held
   */
  public void window(int index, long size, NoWindow behind, LongConsumer where) {
    Bar bar = new Bar(this, index, size, behind, where);
    bars.add(bar);
    host.add(bar);
  }

  /** Gives it the pin INTA, and returns the line into it. */
  public InterruptLine interrupt() {
    space.define(INTERRUPT_PIN, 1, PIN_A, 0);
    return pin;
  }

  /**
   * Gives it MSI-X behind a BAR of its own, if anything on the board receives messages.
   *
   * @param bar 0 to 5
   * @param vectors 1 to 128
   */
  public Optional<Msix> msix(int bar, int vectors) {
    msix =
        host.messages().map(messages -> new Msix(name + " MSI-X", vectors, bar, space, messages));
    msix.ifPresent(table -> bar(bar, false, Msix.SIZE, table));
    return msix;
  }

  /** Makes it an endpoint of PCI Express that can be reset by itself and put to sleep. */
  public void endpoint() {
    power = space.capability(POWER, POWER_LENGTH);
    space.define(power + 2, 2, POWER_VERSION, 0);
    space.define(power + POWER_CONTROL, 2, POWER_KEEPS, POWER_STATE);
    express = space.capability(EXPRESS, EXPRESS_LENGTH);
    space.define(express + 2, 2, EXPRESS_INTEGRATED, 0);
    space.define(express + DEVICE_CAPABILITIES, 4, CAPABLE, 0);
    space.define(express + DEVICE_CONTROL, 2, CONTROL_INITIAL, CONTROL_WRITABLE);
  }

  // ------------------------------------------------------------ what software does with it

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return (offset & size - 1) == 0 && offset <= SIZE - size;
  }

  @Override
  public long read(long offset, int size) {
    if (offset >= FUNCTION_SIZE) {
      return OpenBus.ones(size);
    }
    if (size == 8) {
      return read(offset + 4, 4) << Integer.SIZE | read(offset, 4);
    }
    space.put(STATUS, 1, space.get(STATUS, 1) & ~STATUS_INTERRUPT | interruptStatus());
    device.configRead((int) offset, size);
    return space.get((int) offset, size);
  }

  private int interruptStatus() {
    return pin.level() ? STATUS_INTERRUPT : 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset >= FUNCTION_SIZE) {
      return;
    }
    if (size == 8) {
      write(offset, 4, value & 0xffff_ffffL);
      write(offset + 4, 4, value >>> Integer.SIZE);
      return;
    }
    written((int) offset, size, value);
  }

  private void written(int offset, int size, long value) {
    long sleep = powerState();
    space.write(offset, size, value);
    if (powerState() != 0 && powerState() != POWER_STATE) {
      space.put(power + POWER_CONTROL, 1, POWER_KEEPS | sleep); // §5.3: D1 and D2 are not there
    }
    if (express != 0 && resets(offset, size, value)) {
      reset();
    } else {
      apply();
      device.configWritten(offset, size);
    }
  }

  /** Whether a write has Initiate Function Level Reset in it (§7.5.3.4). */
  private boolean resets(int offset, int size, long value) {
    int high = express + DEVICE_CONTROL + 1;
    return offset <= high
        && high < offset + size
        && (value >>> Byte.SIZE * (high - offset) & CONTROL_RESET >> Byte.SIZE) != 0;
  }

  private void reset() {
    space.reset();
    msix.ifPresent(Msix::reset);
    apply();
    device.reset();
  }

  /** Makes what follows from the registers so. */
  private void apply() {
    int command = (int) space.get(COMMAND, 2);
    host.place(bars);
    boolean masters = (command & COMMAND_MASTER) != 0 && powerState() == 0;
    msix.ifPresent(table -> table.look(masters));
    boolean byMessage = msix.isPresent() && msix.get().enabled();
    pin.enable((command & COMMAND_NO_INTX) == 0 && powerState() == 0 && !byMessage);
    if (masters != master) {
      master = masters;
      device.busMaster(master);
    }
  }

  private long powerState() {
    return power == 0 ? 0 : space.get(power + POWER_CONTROL, 1) & POWER_STATE;
  }

  /** Whether it answers at its BARs (§7.5.1.1.3). */
  boolean memoryEnabled() {
    return (space.get(COMMAND, 2) & COMMAND_MEMORY) != 0 && powerState() == 0;
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(space.words());
  }

  @Override
  public synchronized void restore(State state) {
    space.restore(state.config);
    apply();
  }
}
