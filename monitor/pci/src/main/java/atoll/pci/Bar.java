package atoll.pci;

import atoll.device.MmioBus;
import atoll.device.MmioDevice;
import atoll.state.Unsaved;
import java.util.function.LongConsumer;

/**
 * A base address register (BAR) for memory, and what it places (§7.5.1.2.1). Guarded by the host
 * bridge's monitor.
 */
final class Bar {
  static final long NOWHERE = -1;

  private static final int FIRST = 0x10;
  private static final int WIDE = 4; // in bits 2:1
  private static final int PREFETCHABLE = 1 << 3;
  private static final long FLAGS = 0xf;

  private final PciFunction function;
  private final int register;
  private final boolean wide;
  private final long size;
  private final MmioDevice device;

  /** Told where it is, if memory is behind it. */
  private final LongConsumer window;

  @Unsaved("follows from configuration space")
  private MmioBus.Handle handle;

  @Unsaved("follows from configuration space")
  private long wanted = NOWHERE;

  @Unsaved("follows from configuration space")
  private long at = NOWHERE;

  /**
   * Defines its registers.
   *
   * @param index 0 to 5; one of 64 bits takes the next as well
   * @param size bytes, a power of two from 16 on
   */
  Bar(PciFunction function, int index, boolean wide, long size, MmioDevice device) {
    this(function, index, wide ? WIDE : 0, size, device, at -> {});
  }

  /** One of 64 bits with memory behind it, which {@code window} puts where it is told. */
  Bar(PciFunction function, int index, long size, NoWindow behind, LongConsumer window) {
    this(function, index, WIDE | PREFETCHABLE, size, behind, window);
  }

  private Bar(
      PciFunction function,
      int index,
      int flags,
      long size,
      MmioDevice device,
      LongConsumer window) {
    this.function = function;
    this.register = FIRST + 4 * index;
    this.wide = (flags & WIDE) != 0;
    this.size = size;
    this.device = device;
    this.window = window;
    ConfigSpace space = function.space();
    space.define(register, 4, flags, -size & ~FLAGS & 0xffff_ffffL);
    if (wide) {
      space.define(register + 4, 4, 0, -size >>> Integer.SIZE);
    }
  }

  long size() {
    return size;
  }

  MmioDevice device() {
    return device;
  }

  /** Looks at the registers of its function again, whose monitor is held. */
  void look() {
    wanted = function.memoryEnabled() ? address() : NOWHERE;
  }

  /** The address that software has chosen, or {@link #NOWHERE}. */
  long wanted() {
    return wanted;
  }

  private long address() {
    ConfigSpace space = function.space();
    long low = space.get(register, 4) & ~FLAGS;
    return wide ? space.get(register + 4, 4) << Integer.SIZE | low : low;
  }

  /** Where it is on the bus, or {@link #NOWHERE}. */
  long at() {
    return at;
  }

  void leave() {
    if (at != NOWHERE) {
      handle.close();
      at = NOWHERE;
      window.accept(at);
    }
  }

  /** Appears at {@code gpa}, or moves there; nothing else is there. */
  void go(MmioBus bus, long gpa) {
    if (at == NOWHERE) {
      handle = bus.attach(gpa, size, device);
    } else {
      handle.move(gpa);
    }
    at = gpa;
    window.accept(at);
  }
}
