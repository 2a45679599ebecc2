package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.GuestWorkQueue;
import atoll.device.InterruptLine;
import atoll.device.MmioAccess;
import atoll.device.MmioBus;
import atoll.memory.GuestMemory;
import atoll.pci.PciFunction;
import atoll.pci.PciHost;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A virtio device on PCI, and how a driver that thinks in registers of the MMIO transport gets at
 * it.
 */
final class PciSlot {
  static final long ECAM = 0x3000_0000L;
  static final long WINDOW = 0x4000_0000L;
  static final long BAR = WINDOW + VirtioPci.SIZE;
  static final int COMMAND = 4;
  static final int MEMORY = 2;
  static final int MASTER = 4;
  static final long TABLE = WINDOW;
  private static final int TABLE_REGISTER = 0x14;
  private static final int CAPABILITIES = 0x34;
  private static final int POWER = 1;
  private static final int POWER_CONTROL = 4;
  private static final int NUMBER = 3;
  private static final int BAR_REGISTER = 0x10 + 4 * VirtioPci.BAR;

  /** Data of messages that the device has sent. */
  final List<Integer> messages = new ArrayList<>();

  final MmioBus bus = new MmioBus();
  final VirtioPci pci;
  private final MmioAccess access = new MmioAccess();

  PciSlot(VirtioDevice device, GuestMemory memory, InterruptLine line, GuestWorkQueue work) {
    PciHost host =
        new PciHost(
            bus,
            List.of(new PciHost.Window(WINDOW, 0x4000_0000L)),
            Collections.nCopies(PciHost.PINS, line),
            Optional.of((address, data) -> messages.add(data)));
    pci = new VirtioPci("virtio0", device, memory, host, NUMBER, work);
    bus.attach(ECAM, PciFunction.SIZE, pci.function());
  }

  /** A register of the table of messages. */
  void table(int offset, long value) {
    perform(access.write(TABLE + offset, 4, value));
  }

  /** Where a capability is. */
  int capability(int id) {
    int at = (int) config(CAPABILITIES, 1);
    while (config(at, 1) != id) {
      at = (int) config(at + 1, 1);
    }
    return at;
  }

  /** Puts the BAR somewhere and enables everything, as an operating system does. */
  PciSlot enable() {
    config(capability(POWER) + POWER_CONTROL, 1, 0);
    config(BAR_REGISTER, 4, BAR);
    config(BAR_REGISTER + 4, 4, 0);
    config(TABLE_REGISTER, 4, TABLE);
    config(COMMAND, 2, MEMORY | MASTER);
    return this;
  }

  long config(int offset, int size) {
    return perform(access.read(ECAM + offset, size)).value();
  }

  void config(int offset, int size, long value) {
    perform(access.write(ECAM + offset, size, value));
  }

  long read(int offset, int size) {
    return perform(access.read(BAR + offset, size)).value();
  }

  void write(int offset, int size, long value) {
    perform(access.write(BAR + offset, size, value));
  }

  private MmioAccess perform(MmioAccess asked) {
    assertThat(bus.perform(asked)).isTrue();
    return asked;
  }

  /** Writes what corresponds to a register of the MMIO transport. */
  void set(int register, int size, long value) {
    if (register >= CONFIG) {
      write(VirtioPci.CONFIG + register - CONFIG, size, value);
      return;
    }
    switch (register) {
      case QUEUE_NOTIFY -> {
        if (value >= 0 && value < 0x400) {
          write(VirtioPci.NOTIFY + 4 * (int) value, 2, value);
        }
      }
      case INTERRUPT_ACK -> read(VirtioPci.ISR, 1);
      default -> write(VirtioPci.COMMON + offset(register), width(register), value);
    }
  }

  long get(int register, int size) {
    if (register >= CONFIG) {
      return read(VirtioPci.CONFIG + register - CONFIG, size);
    }
    if (register == INTERRUPT_STATUS) {
      return read(VirtioPci.ISR, 1);
    }
    return read(VirtioPci.COMMON + offset(register), width(register));
  }

  /** §4.1.4.3 beside §4.2.2; what has no counterpart is somewhere there too. */
  private static int offset(int register) {
    return switch (register) {
      case DEVICE_FEATURES_SEL -> 0x00;
      case DEVICE_FEATURES -> 0x04;
      case DRIVER_FEATURES_SEL -> 0x08;
      case DRIVER_FEATURES -> 0x0c;
      case STATUS -> 0x14;
      case CONFIG_GENERATION -> 0x15;
      case QUEUE_SEL -> 0x16;
      case QUEUE_NUM, QUEUE_NUM_MAX -> 0x18;
      case QUEUE_READY -> 0x1c;
      case QUEUE_DESC_LOW, QUEUE_DESC_LOW + 4 -> 0x20 + (register & 4);
      case QUEUE_DRIVER_LOW, QUEUE_DRIVER_LOW + 4 -> 0x28 + (register & 4);
      case QUEUE_DEVICE_LOW, QUEUE_DEVICE_LOW + 4 -> 0x30 + (register & 4);
      default -> register;
    };
  }

  private static int width(int register) {
    return switch (register) {
      case STATUS, CONFIG_GENERATION -> 1;
      case QUEUE_SEL, QUEUE_NUM, QUEUE_NUM_MAX, QUEUE_READY -> 2;
      default -> 4;
    };
  }
}
