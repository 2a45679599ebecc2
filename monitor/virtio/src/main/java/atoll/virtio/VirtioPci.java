package atoll.virtio;

import atoll.device.GuestWorkQueue;
import atoll.device.MmioDevice;
import atoll.memory.GuestMemory;
import atoll.pci.Msix;
import atoll.pci.PciDevice;
import atoll.pci.PciFunction;
import atoll.pci.PciFunction.Identity;
import atoll.pci.PciHost;
import atoll.state.StateShape;
import atoll.state.Stateful;
import java.util.List;
import java.util.Optional;

/**
 * The virtio transport over PCI, without the registers of old drivers (§4.1): what is behind the
 * function's BAR, in four pages, which capabilities of the vendor point to.
 *
 * <p>Its monitor guards its registers. The function's monitor may be held by who takes it; it takes
 * the session's.
 */
public final class VirtioPci
    implements MmioDevice, VirtioTransport, PciDevice, Stateful<VirtioPci.State> {
  /** Bytes behind the BAR. */
  static final int SIZE = 0x4000;

  static final int BAR = 4;
  private static final int MSIX_BAR = 1;

  private static final int VENDOR = 0x1af4; // §4.1.2
  private static final int FIRST_DEVICE = 0x1040;
  private static final int REVISION = 1;
  private static final int SUBSYSTEM = 0x1100; // as QEMU's; §4.1.2.1 wants 0x40 or more

  // Where the structures are behind the BAR (§4.1.4): a page each, as QEMU has them.
  static final int COMMON = 0x0000;
  static final int ISR = 0x1000;
  static final int CONFIG = 0x2000;
  static final int NOTIFY = 0x3000;
  private static final int PAGE = 0x1000;

  /** Between the notification addresses of two queues (§4.1.4.4). */
  static final int NOTIFY_MULTIPLIER = 4;

  // §4.1.4.3, as words: most have several fields.
  private static final int DEVICE_FEATURES_SELECT = 0x00;
  private static final int DEVICE_FEATURES = 0x04;
  private static final int DRIVER_FEATURES_SELECT = 0x08;
  private static final int DRIVER_FEATURES = 0x0c;
  private static final int CONFIG_VECTOR = 0x10;
  private static final int STATUS = 0x14;
  private static final int QUEUE_VECTOR = 0x1a;
  private static final int QUEUE_SELECT = 0x16;
  private static final int QUEUE_SIZE = 0x18;
  private static final int QUEUE_ENABLE = 0x1c;
  private static final int QUEUE_DESCRIPTORS = 0x20;
  private static final int QUEUE_DRIVER = 0x28;
  private static final int QUEUE_DEVICE = 0x30;
  private static final int COMMON_SIZE = 0x38;

  private final String name;
  private final VirtioSession session;
  private final PciInterrupts interrupts;
  private final Optional<Msix> msix;
  private final PciFunction function;
  private final PciConfigWindow window;
  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private int queueSelect;

  /**
   * The whole state, but for the function's configuration space.
   *
   * @param deviceFeaturesSelect as written
   * @param driverFeaturesSelect as written
   * @param queueSelect as written
   * @param interrupts ISR status (§4.1.4.5)
   * @param vectors of MSI-X, for the configuration and each queue (§4.1.5.1.2)
   * @param session everything that is not the transport's
   */
  public record State(
      int deviceFeaturesSelect,
      int driverFeaturesSelect,
      int queueSelect,
      int interrupts,
      List<Integer> vectors,
      VirtioSession.State session) {
    public State {
      vectors = List.copyOf(vectors);
    }
  }

  /**
   * Puts {@code device} behind a function.
   *
   * @param name for statistics, such as {@code virtio0}
   * @param device given to no other transport
   * @param memory where the rings and buffers are
   * @param host the bridge that the function is behind
   * @param number of the function's device on its bus
   * @param work what a vCPU does in steps
   */
  public VirtioPci(
      String name,
      VirtioDevice device,
      GuestMemory memory,
      PciHost host,
      int number,
      GuestWorkQueue work) {
    this.name = name;
    function = new PciFunction(number, identity(device.id()), host, this);
    msix = function.msix(MSIX_BAR, 1 + device.queues());
    interrupts = new PciInterrupts(function.interrupt(), msix, device.queues());
    session = new VirtioSession(device, memory, interrupts, work);
    session.reaches(false);
    function.bar(BAR, true, SIZE, this);
    function.endpoint();
    PciCapabilities capabilities = new PciCapabilities(function.space(), BAR);
    capabilities.common(COMMON, COMMON_SIZE);
    capabilities.isr(ISR);
    if (device.configSize() > 0) {
      capabilities.device(CONFIG, device.configSize());
    }
    capabilities.notification(NOTIFY, NOTIFY_MULTIPLIER * device.queues(), NOTIFY_MULTIPLIER);
    window = new PciConfigWindow(function.space(), capabilities.window(), BAR, SIZE, this);
  }

  private static Identity identity(int type) {
    return new Identity(VENDOR, FIRST_DEVICE + type, REVISION, classCode(type), VENDOR, SUBSYSTEM);
  }

  /** By the device's number in section 5: what a person who lists devices looks for. */
  private static int classCode(int type) {
    return switch (type) {
      case 1 -> 0x02_00_00; // Ethernet controller
      case 2, 8 -> 0x01_00_00; // SCSI storage controller
      case 3, 19 -> 0x07_80_00; // communication controller
      case 9, 26 -> 0x01_80_00; // mass storage controller
      case 16 -> 0x03_80_00; // display controller
      case 18 -> 0x09_80_00; // input device controller
      default -> 0xff_00_00; // unclassified device
    };
  }

  /** The messages that it sends; empty if nothing receives any. */
  public Optional<Msix> msix() {
    return msix;
  }

  /** What configuration accesses reach, for the bus. */
  public PciFunction function() {
    return function;
  }

  // ------------------------------------------------------------ behind the BAR

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
    if (size == 8) {
      return read(offset + 4, 4) << Integer.SIZE | read(offset, 4);
    }
    int at = (int) offset & PAGE - 1;
    return switch ((int) offset - at) {
      case COMMON -> common(at, size);
      case ISR -> at == 0 ? interrupts.take() : 0;
      case CONFIG -> session.config(at, size);
      default -> 0; // What is written to notify has no value.
    };
  }

  private long common(int at, int size) {
    long word = Integer.toUnsignedLong(word(at & ~3)) >>> Byte.SIZE * (at & 3);
    return word & -1L >>> Long.SIZE - Byte.SIZE * size;
  }

  private int word(int at) {
    return switch (at) {
      case DEVICE_FEATURES_SELECT -> deviceFeaturesSelect;
      case DEVICE_FEATURES -> Half.of(session.offered(), deviceFeaturesSelect);
      case DRIVER_FEATURES_SELECT -> driverFeaturesSelect;
      case DRIVER_FEATURES -> Half.of(session.driverFeatures(), driverFeaturesSelect);
      case CONFIG_VECTOR -> interrupts.vector(0) | session.queues() << Short.SIZE;
      case STATUS ->
          session.status() | session.generation() << Byte.SIZE | queueSelect << Short.SIZE;
      default -> selected() == null ? 0 : word(selected(), at);
    };
  }

  private int word(SplitQueue queue, int at) {
    return switch (at) {
      case QUEUE_SIZE -> queue.size() | interrupts.vector(1 + queueSelect) << Short.SIZE;
      case QUEUE_ENABLE -> (queue.ready() ? 1 : 0) | queueSelect << Short.SIZE; // and its offset
      case QUEUE_DESCRIPTORS, QUEUE_DESCRIPTORS + 4 -> half(queue.descriptors(), at);
      case QUEUE_DRIVER, QUEUE_DRIVER + 4 -> half(queue.available(), at);
      case QUEUE_DEVICE, QUEUE_DEVICE + 4 -> half(queue.used(), at);
      default -> 0;
    };
  }

  private static int half(long address, int at) {
    return Half.of(address, at >> 2 & 1);
  }

  @Override
  public void write(long offset, int size, long value) {
    if (size == 8) {
      write(offset, 4, value & 0xffff_ffffL);
      write(offset + 4, 4, value >>> Integer.SIZE);
      return;
    }
    int at = (int) offset & PAGE - 1;
    switch ((int) offset - at) {
      case COMMON -> writeCommon(at, size, (int) value);
      case CONFIG -> session.config(at, size, value);
      case NOTIFY -> session.notified(at / NOTIFY_MULTIPLIER);
      default -> {} // ISR status is read only.
    }
  }

  /** A field is written whole (§4.1.3.1); anything else is ignored. */
  private void writeCommon(int at, int size, int value) {
    switch (size) {
      case 1 -> {
        if (at == STATUS) {
          status(value);
        }
      }
      case 2 -> writeShort(at, value);
      default -> writeWord(at, value);
    }
  }

  private void status(int value) {
    if (value == 0) {
      forget();
    }
    session.status(value);
  }

  private void forget() {
    deviceFeaturesSelect = 0;
    driverFeaturesSelect = 0;
    queueSelect = 0;
  }

  private void writeShort(int at, int value) {
    if (at == QUEUE_SELECT) {
      queueSelect = value;
    } else if (at == CONFIG_VECTOR) {
      interrupts.vector(0, value);
    } else if (selected() != null && at == QUEUE_VECTOR) {
      interrupts.vector(1 + queueSelect, value);
    } else if (selected() != null && at == QUEUE_SIZE) {
      session.setUp(queueSelect, queue -> queue.size(value));
    } else if (selected() != null && at == QUEUE_ENABLE && value == 1) {
      session.queueReady(queueSelect, true); // Nothing but a reset takes it back (§4.1.4.3.2).
    }
  }

  private void writeWord(int at, int value) {
    switch (at) {
      case DEVICE_FEATURES_SELECT -> deviceFeaturesSelect = value;
      case DRIVER_FEATURES_SELECT -> driverFeaturesSelect = value;
      case DRIVER_FEATURES -> {
        if (Half.exists(driverFeaturesSelect)) {
          session.driverFeatures(driverFeaturesSelect, value);
        }
      }
      default -> {
        if (selected() != null) {
          session.setUp(queueSelect, queue -> setUp(queue, at, value));
        }
      }
    }
  }

  private static void setUp(SplitQueue queue, int at, int v) {
    switch (at) {
      case QUEUE_DESCRIPTORS -> queue.descriptors(Half.low(queue.descriptors(), v));
      case QUEUE_DESCRIPTORS + 4 -> queue.descriptors(Half.high(queue.descriptors(), v));
      case QUEUE_DRIVER -> queue.available(Half.low(queue.available(), v));
      case QUEUE_DRIVER + 4 -> queue.available(Half.high(queue.available(), v));
      case QUEUE_DEVICE -> queue.used(Half.low(queue.used(), v));
      case QUEUE_DEVICE + 4 -> queue.used(Half.high(queue.used(), v));
      default -> {} // Read-only or reserved.
    }
  }

  private SplitQueue selected() {
    return session.queueOrNull(queueSelect);
  }

  // ------------------------------------------------------------ in configuration space

  @Override
  public void configRead(int offset, int size) {
    window.read(offset, size);
  }

  @Override
  public void configWritten(int offset, int size) {
    window.written(offset, size);
  }

  @Override
  public void busMaster(boolean enabled) {
    session.reaches(enabled);
  }

  @Override
  public synchronized void reset() {
    status(0);
  }

  // ------------------------------------------------------------ for the monitor

  @Override
  public void pause() {
    session.pause();
  }

  @Override
  public void resume() {
    session.resume();
  }

  @Override
  public Statistics statistics() {
    return session.statistics(name);
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(
        deviceFeaturesSelect,
        driverFeaturesSelect,
        queueSelect,
        interrupts.bits(),
        interrupts.vectors(),
        session.state());
  }

  @Override
  public synchronized void restore(State state) {
    deviceFeaturesSelect = state.deviceFeaturesSelect;
    driverFeaturesSelect = state.driverFeaturesSelect;
    queueSelect = state.queueSelect & 0xffff;
    if (state.vectors.size() > interrupts.vectors().size()) { // as with queues, which have one each
      StateShape.requireCount("vectors", state.vectors.size(), interrupts.vectors().size());
    }
    interrupts.restore(state.interrupts, state.vectors);
    session.restore(state.session);
  }
}
