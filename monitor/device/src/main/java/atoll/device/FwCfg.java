package atoll.device;

import atoll.memory.GuestMemory;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * QEMU's device that tells firmware about its machine, in its memory-mapped form (QEMU, "Firmware
 * Configuration (fw_cfg) Device"): a selector, the bytes of what is selected, and DMA. Nothing can
 * be written to.
 *
 * <p>A transfer is made in steps, as the guest chooses its length; the hart that has asked for it
 * goes on behind its end.
 */
public final class FwCfg implements MmioDevice, GuestWork, Stateful<FwCfg.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x18;

  // Register locations, as on Arm. All are big-endian but the data, which is a string.
  private static final int DATA = 0x00;
  private static final int SELECTOR = 0x08;
  private static final int DMA = 0x10; // the upper half; the lower one starts a transfer
  private static final int DMA_LOW = 0x14;

  /** What the address register reads. */
  private static final byte[] SIGNATURE = "QEMU CFG".getBytes(StandardCharsets.US_ASCII);

  /** Of a selector: the item is to be written. Says nothing here. */
  private static final int WRITES = 0x4000;

  // FWCfgDmaAccess: control, length, address.
  private static final int LENGTH_AT = 4;
  private static final int ADDRESS_AT = 8;
  private static final int DESCRIPTOR = 16;

  // Bits of its control.
  private static final int ERROR = 1;
  private static final int READ = 1 << 1;
  private static final int SKIP = 1 << 2;
  private static final int SELECT = 1 << 3;
  private static final int WRITE = 1 << 4;

  /** Bytes that are moved at a time, and what that costs. */
  private static final int PIECE = 4 << 10;

  private static final long COST = 1_000;

  private final FwCfgItems items;
  private final GuestMemory memory;
  private final GuestWorkQueue work;
  private int selector;
  private int position;

  /** The upper half of the address of the next transfer. */
  private int addressHigh;

  /** Where the transfer under way is described; 0 if there is none. */
  @Unsaved("a transfer is settled before a state is taken")
  private long descriptor;

  @Unsaved("a transfer is settled before a state is taken")
  private long target;

  @Unsaved("a transfer is settled before a state is taken")
  private long left;

  /**
   * The whole state.
   *
   * @param selector what is read
   * @param position from where on
   * @param addressHigh upper half of the address of the next transfer
   */
  public record State(int selector, int position, int addressHigh) {}

  /**
   * A device with these items.
   *
   * @param memory where transfers go to
   * @param work where they are left to be done
   */
  public FwCfg(FwCfgItems items, GuestMemory memory, GuestWorkQueue work) {
    this.items = items;
    this.memory = memory;
    this.work = work;
  }

  @Override
  public String name() {
    return "fw-cfg";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    boolean dma = offset == DMA && size >= 4 || offset == DMA_LOW && size == 4;
    boolean selects = offset == SELECTOR && size == 2 && write;
    return offset == DATA || dma || selects;
  }

  @Override
  public long read(long offset, int size) {
    if (offset == DATA) {
      long value = string(item(), position, size);
      position = Math.min(position + size, item().length);
      return value;
    }
    return string(SIGNATURE, (int) offset - DMA, size);
  }

  /** Bytes as a string in memory; zeroes behind its end. */
  private static long string(byte[] bytes, int from, int size) {
    long value = 0;
    for (int i = 0; i < size && from + i < bytes.length; i++) {
      value |= (bytes[from + i] & 0xffL) << 8 * i;
    }
    return value;
  }

  private byte[] item() {
    return items.get(selector);
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset == SELECTOR) {
      select(Short.toUnsignedInt(Short.reverseBytes((short) value)));
    } else if (offset == DMA && size == 8) {
      transfer(Long.reverseBytes(value));
    } else if (offset == DMA) {
      addressHigh = Integer.reverseBytes((int) value);
    } else if (offset == DMA_LOW) {
      long low = Integer.toUnsignedLong(Integer.reverseBytes((int) value));
      transfer((long) addressHigh << 32 | low);
    }
  }

  private void select(int key) {
    selector = key & ~WRITES;
    position = 0;
  }

  // ------------------------------------------------------------ DMA

  /** Begins a transfer; one that is described nowhere, or while another is under way, is none. */
  private void transfer(long address) {
    addressHigh = 0;
    if (address == 0 || !memory.contains(address, DESCRIPTOR)) {
      return;
    }
    if (descriptor != 0) {
      answer(address, ERROR);
      return;
    }
    int control = Integer.reverseBytes(memory.getInt(address));
    if ((control & SELECT) != 0) {
      select(control >>> 16);
    }
    descriptor = address;
    target = Long.reverseBytes(memory.getLong(address + ADDRESS_AT));
    left = Integer.toUnsignedLong(Integer.reverseBytes(memory.getInt(address + LENGTH_AT)));
    if ((control & READ) != 0) {
      work.add(this);
    } else if ((control & WRITE) != 0) {
      end(left == 0 ? 0 : ERROR);
    } else {
      if ((control & SKIP) != 0) {
        position = (int) Math.min(position + left, item().length);
      }
      end(0);
    }
  }

  /** Goes on with a read. */
  @Override
  public synchronized Progress step(ExitBudget budget) {
    while (left > 0 && !budget.spent()) {
      budget.spend(COST);
      int part = (int) Math.min(left, PIECE);
      if (!memory.contains(target, part)) {
        end(ERROR);
        return Progress.DONE;
      }
      int from = Math.min(position, item().length);
      position = Math.min(from + part, item().length);
      memory.write(target, Arrays.copyOf(Arrays.copyOfRange(item(), from, position), part));
      target += part;
      left -= part;
    }
    if (left > 0) {
      return Progress.MORE;
    }
    end(0);
    return Progress.DONE;
  }

  private void end(int result) {
    if (descriptor != 0) {
      answer(descriptor, result);
    }
    descriptor = 0;
    left = 0;
  }

  private void answer(long address, int result) {
    memory.putInt(address, Integer.reverseBytes(result));
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(selector, position, addressHigh);
  }

  @Override
  public synchronized void restore(State state) {
    select(state.selector & 0xffff);
    if (state.position < 0 || state.position > item().length) {
      throw new IllegalArgumentException(
          "fw-cfg's position %d is not in its item of %d bytes"
              .formatted(state.position, item().length));
    }
    position = state.position;
    addressHigh = state.addressHigh;
  }
}
