package atoll.vmm;

import atoll.virtio.Service;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** What a guest sees of its end of a channel. */
public sealed interface ChannelDevice {
  /** Most machines at one channel. */
  int MOST_PEERS = 16;

  /** An end of Atoll's own device, of a channel with two ends. */
  ChannelDevice ENDPOINT = new Endpoint();

  /** Atoll's own device (docs/channels.md). */
  record Endpoint() implements ChannelDevice {}

  /**
   * The device {@code ivshmem} of QEMU, on PCI Express (docs/ivshmem.md).
   *
   * @param vectors interrupts that a peer can be rung by, 1 to {@link #MOST_VECTORS}; 0 for {@code
   *     ivshmem-plain}, by which nobody can be rung
   */
  record Ivshmem(int vectors) implements ChannelDevice {
    /** As many as a doorbell has bits. */
    public static final int MOST_VECTORS = 32;

    public Ivshmem {
      if (vectors < 0 || vectors > MOST_VECTORS) {
        throw new VmException(
            "ivshmem has 0 to %d vectors, not %d; choose a number in between"
                .formatted(MOST_VECTORS, vectors));
      }
    }

    /** Whether peers can ring. */
    public boolean doorbell() {
      return vectors > 0;
    }
  }

  /**
   * The controller of an I2C bus whose chips the machine at the other end is (docs/i2c.md).
   *
   * @param chips what the device tree says to be on the bus
   */
  record I2c(List<Chip> chips) implements ChannelDevice {
    public I2c {
      chips = List.copyOf(chips);
      Set<Integer> places = new HashSet<>();
      for (Chip chip : chips) {
        if (!places.add(chip.address)) {
          throw new VmException(
              "two chips have the address 0x%02x; give each one of its own"
                  .formatted(chip.address));
        }
      }
    }
  }

  /**
   * A virtio device that the machine at the other end serves, a driver VM; the guest sees nothing
   * of the memory (docs/driver-vm.md).
   */
  record Served(Service service) implements ChannelDevice {
    public Served {
      Objects.requireNonNull(service, "service");
    }
  }

  /**
   * A chip on an I2C bus.
   *
   * @param address of 7 bits, 0x08 to 0x77: the others are reserved (I2C §3.1.12)
   * @param compatible by which a driver is found
   */
  record Chip(int address, String compatible) {
    /** The lowest address that a chip can have. */
    public static final int FIRST = 0x08;

    /** The highest. */
    public static final int LAST = 0x77;

    private static final Pattern COMPATIBLE = Pattern.compile("[a-z0-9-]+,[A-Za-z0-9._+-]+");

    public Chip {
      if (address < FIRST || address > LAST) {
        throw new VmException(
            "0x%02x is no address of a chip; give one from 0x08 to 0x77".formatted(address));
      }
      if (!isCompatible(compatible)) {
        throw new VmException(
            "'%s' does not say what a chip is; give manufacturer and type, such as ti,tmp102"
                .formatted(compatible));
      }
    }

    /** Whether a text says what a chip is, as the device tree has it. */
    public static boolean isCompatible(String text) {
      return text.length() < 64 && COMPATIBLE.matcher(text).matches();
    }
  }
}
