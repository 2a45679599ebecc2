package atoll.device;

import atoll.device.spi.BlockBackend;
import atoll.host.HostMemory;
import atoll.host.ThreadTime;
import atoll.state.StateShape;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A bank of NOR flash with Intel's command set, as the {@code virt} machine has it: two chips of 16
 * bits side by side on a bus of 32, in blocks of 256 KiB, whose contents are a file's.
 *
 * <p>A program or an erasure is on stable storage when the chips are ready again: another thread
 * writes and flushes the file, and the status says busy until then. Programming only clears bits,
 * and an erasure sets all of a block. Blocks can be locked and unlocked without effect. A file that
 * may not be written is a chip all of whose blocks are locked.
 */
public final class CfiFlash implements MmioDevice, Stateful<CfiFlash.State> {
  /** Bytes of the bank, and of the file. */
  public static final long SIZE = 32L << 20;

  /** Bytes that are erased at a time, in both chips together. */
  private static final int BLOCK = 256 << 10;

  /** Bytes that can be programmed at a time: what CFI says of each chip, for both. */
  private static final int BUFFER = 4 << 10;

  /** Bytes of a word of the bus. */
  private static final int WORD = 4;

  // Intel, "Common Flash Memory Interface (CFI) and Command Sets", AP-646, table 2.
  private static final int PROGRAM = 0x40;
  private static final int PROGRAM_ALTERNATE = 0x10;
  private static final int BLOCK_ERASE = 0x20;
  private static final int CLEAR_STATUS = 0x50;
  private static final int LOCK_SETUP = 0x60;
  private static final int READ_STATUS = 0x70;
  private static final int READ_IDENTIFIER = 0x90;
  private static final int READ_QUERY = 0x98;
  private static final int CONFIRM = 0xd0;
  private static final int BUFFERED_PROGRAM = 0xe8;

  // Bits of the status; its table 5.
  private static final int READY = 0x80;
  private static final int ERASE_ERROR = 0x20;
  private static final int PROGRAM_ERROR = 0x10;
  private static final int LOCKED = 0x02;
  private static final int SEQUENCE_ERROR = ERASE_ERROR | PROGRAM_ERROR;

  /** Intel's, by JEDEC, and the device code of QEMU's chips. */
  private static final int MANUFACTURER = 0x89;

  private static final int DEVICE = 0x18;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] QUERY = query();
  private static final MemorySegment ERASED = erased();

  private final BlockBackend file;
  private final Executor thread;
  private final Supplier<LongConsumer> payers;

  /** What the file has; the bank's reads are faster than a file's. */
  @Unsaved("a copy of the file, as a disk is one")
  private final HostMemory contents;

  private Shown shown = Shown.ARRAY;
  private Awaited awaited = Awaited.COMMAND;
  private int errors;

  /** Words of a buffered program that are still to come. */
  private int left;

  /** Where in the bank the buffer is for; meaningless before the first word. */
  private long base;

  private boolean begun;
  private boolean misplaced;

  /** Bytes to be programmed; all ones where nothing is. */
  private final byte[] buffer = new byte[BUFFER];

  @Unsaved("its thread is idle when a state is taken")
  private boolean busy;

  /** What reads see. */
  public enum Shown {
    ARRAY,
    STATUS,
    IDENTIFIER,
    QUERY
  }

  /** What the next write is. */
  public enum Awaited {
    COMMAND,
    /** The word that is to be programmed. */
    PROGRAM_WORD,
    ERASE_CONFIRM,
    /** What is to become of a block's lock. */
    LOCK_CODE,
    /** The number of words of a buffered program, less one. */
    COUNT,
    BUFFER_WORD,
    BUFFER_CONFIRM
  }

  /**
   * The whole state beside the file.
   *
   * @param shown what reads see
   * @param awaited what the next write is
   * @param errors bits of the status
   * @param left words of a buffered program that are to come
   * @param base where in the bank the buffer is for
   * @param begun whether it has a word
   * @param misplaced whether a word was for another place
   * @param buffer what is to be programmed, eight bytes each
   */
  public record State(
      Shown shown,
      Awaited awaited,
      int errors,
      int left,
      long base,
      boolean begun,
      boolean misplaced,
      List<Long> buffer) {
    public State {
      buffer = List.copyOf(buffer);
    }
  }

  /**
   * A bank with the contents of {@code file}, which has {@link #SIZE} bytes.
   *
   * @param thread where the file is written; may do it at once, for a deterministic machine
   * @param payers who is charged with that thread's time, in nanoseconds
   * @throws IOException if the file cannot be read
   */
  public CfiFlash(BlockBackend file, Executor thread, Supplier<LongConsumer> payers)
      throws IOException {
    if (file.size() != SIZE) {
      throw new IllegalArgumentException(
          "flash of %d bytes; expected %d".formatted(file.size(), SIZE));
    }
    this.file = file;
    this.thread = thread;
    this.payers = payers;
    Arrays.fill(buffer, (byte) 0xff);
    contents = HostMemory.allocate(SIZE);
    try {
      load();
    } catch (IOException e) {
      contents.close();
      throw e;
    }
  }

  /** Memory that was never touched is zero, as most of such a file is, and takes no room. */
  private void load() throws IOException {
    MemorySegment block = MemorySegment.ofArray(new byte[BLOCK]);
    MemorySegment zero = MemorySegment.ofArray(new byte[BLOCK]);
    for (long at = 0; at < SIZE; at += BLOCK) {
      file.read(at, block);
      if (block.mismatch(zero) >= 0) {
        contents.segment().asSlice(at, BLOCK).copyFrom(block);
      }
    }
  }

  /** What both chips answer, side by side. */
  private static int both(int value) {
    return value | value << 16;
  }

  private static MemorySegment erased() {
    byte[] ones = new byte[BLOCK];
    Arrays.fill(ones, (byte) 0xff);
    return MemorySegment.ofArray(ones).asReadOnly();
  }

  /** What a chip says of itself (JEDEC JESD68.01, and Intel's extension), by its own words. */
  private static byte[] query() {
    byte[] table = new byte[0x40];
    put(table, 0x10, 'Q', 'R', 'Y', 0x01, 0x00, 0x31, 0x00); // Intel's extended set, at 0x31
    put(table, 0x1b, 0x45, 0x55); // volts
    put(table, 0x1f, 7, 7, 10, 0, 4, 4, 4, 0); // times, typical and longest, powers of two
    put(table, 0x27, 24, 0x02, 0x00, 11, 0x00); // 16 MiB, x8 and x16, 2 KiB at a time
    put(table, 0x2c, 1, 127, 0, 0x00, 0x02); // one region: 128 blocks of 512 times 256 bytes
    put(table, 0x31, 'P', 'R', 'I', '1', '0');
    put(table, 0x3f, 1); // fields of protection registers
    return table;
  }

  private static void put(byte[] table, int at, int... values) {
    for (int value : values) {
      table[at++] = (byte) value;
    }
  }

  @Override
  public String name() {
    return "flash1";
  }

  /** The array is memory to its readers; commands and answers are of words. */
  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return !write && shown == Shown.ARRAY || (offset & size - 1) == 0;
  }

  // ------------------------------------------------------------ reads

  @Override
  public long read(long offset, int size) {
    return switch (shown) {
      case ARRAY -> array(offset, size);
      case STATUS -> of(both(status()), offset, size);
      case IDENTIFIER -> of(both(identifier(offset / WORD)), offset, size);
      case QUERY -> of(both(queried(offset / WORD)), offset, size);
    };
  }

  private long array(long offset, int size) {
    MemorySegment bytes = contents.segment();
    return switch (size) {
      case 1 -> bytes.get(ValueLayout.JAVA_BYTE, offset) & 0xffL;
      case 2 -> bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset) & 0xffffL;
      case 4 -> bytes.get(ValueLayout.JAVA_INT_UNALIGNED, offset) & 0xffff_ffffL;
      default -> bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    };
  }

  /** The part of a word that an access reads; one of eight bytes reads it twice. */
  private static long of(int word, long offset, int size) {
    long twice = word & 0xffff_ffffL | (long) word << 32;
    int shift = (int) (offset & WORD - 1) * 8;
    return size == 8 ? twice : twice >>> shift & (1L << size * 8) - 1;
  }

  private int status() {
    return busy ? 0 : READY | errors;
  }

  /** Of each block, the third word tells of its lock: it has none. */
  private static int identifier(long word) {
    return switch ((int) word & 0xff) {
      case 0 -> MANUFACTURER;
      case 1 -> DEVICE;
      default -> 0;
    };
  }

  private static int queried(long word) {
    return word < QUERY.length ? QUERY[(int) word] & 0xff : 0;
  }

  // ------------------------------------------------------------ writes

  /** Chips that are busy take no commands. */
  @Override
  public void write(long offset, int size, long value) {
    if (busy) {
      return;
    }
    int code = (int) value & 0xff;
    switch (awaited) {
      case COMMAND -> command(code);
      case PROGRAM_WORD -> programWord(offset, size, value);
      case ERASE_CONFIRM -> {
        awaited = Awaited.COMMAND;
        confirm(code == CONFIRM, () -> change(offset & -BLOCK, ERASED, ERASE_ERROR));
      }
      case LOCK_CODE -> awaited = Awaited.COMMAND;
      case COUNT -> count((int) value & 0xffff);
      case BUFFER_WORD -> bufferWord(offset, size, value);
      case BUFFER_CONFIRM -> {
        awaited = Awaited.COMMAND;
        confirm(code == CONFIRM && !misplaced, this::programBuffer);
      }
    }
  }

  private void command(int code) {
    shown =
        switch (code) {
          case READ_IDENTIFIER -> Shown.IDENTIFIER;
          case READ_QUERY -> Shown.QUERY;
          case READ_STATUS, PROGRAM, PROGRAM_ALTERNATE, BLOCK_ERASE, LOCK_SETUP, BUFFERED_PROGRAM ->
              Shown.STATUS;
          default -> Shown.ARRAY; // 0xff asks for it; chips answer so to nonsense, too
        };
    awaited =
        switch (code) {
          case PROGRAM, PROGRAM_ALTERNATE -> Awaited.PROGRAM_WORD;
          case BLOCK_ERASE -> Awaited.ERASE_CONFIRM;
          case LOCK_SETUP -> Awaited.LOCK_CODE;
          case BUFFERED_PROGRAM -> Awaited.COUNT;
          default -> Awaited.COMMAND;
        };
    if (code == CLEAR_STATUS) {
      errors = 0;
    }
  }

  /** What is not confirmed is not done, and the status says so. */
  private void confirm(boolean confirmed, Runnable action) {
    if (confirmed) {
      action.run();
    } else {
      errors |= SEQUENCE_ERROR;
    }
  }

  private void programWord(long offset, int size, long value) {
    awaited = Awaited.COMMAND;
    program(offset, littleEndian(size, value));
  }

  private static byte[] littleEndian(int size, long value) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (value >>> 8 * i);
    }
    return bytes;
  }

  private void count(int lessOne) {
    Arrays.fill(buffer, (byte) 0xff);
    begun = false;
    left = lessOne + 1;
    misplaced = left > BUFFER / WORD;
    awaited = misplaced ? Awaited.BUFFER_CONFIRM : Awaited.BUFFER_WORD;
  }

  private void bufferWord(long offset, int size, long value) {
    if (!begun) {
      begun = true;
      base = offset & -BUFFER;
    }
    if (offset - base < 0 || offset - base >= BUFFER) {
      misplaced = true;
    } else {
      System.arraycopy(littleEndian(size, value), 0, buffer, (int) (offset - base), size);
    }
    left -= Math.max(1, size / WORD);
    if (left <= 0) {
      awaited = Awaited.BUFFER_CONFIRM;
    }
  }

  /** From its first byte that is not all ones to its last: ones change nothing. */
  private void programBuffer() {
    int from = 0;
    int to = BUFFER;
    while (from < to && buffer[from] == -1) {
      from++;
    }
    while (to > from && buffer[to - 1] == -1) {
      to--;
    }
    if (from < to) {
      program(base + from, Arrays.copyOfRange(buffer, from, to));
    }
  }

  /** Clears the bits that are zero in {@code bytes}. */
  private void program(long offset, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] &= contents.segment().get(ValueLayout.JAVA_BYTE, offset + i);
    }
    change(offset, MemorySegment.ofArray(bytes), PROGRAM_ERROR);
  }

  /**
   * Has the file changed, and the bank after it.
   *
   * @param error of the status, if that fails
   */
  private void change(long offset, MemorySegment bytes, int error) {
    if (file.readOnly()) {
      errors |= error | LOCKED;
      return;
    }
    LongConsumer payer = payers.get();
    busy = true;
    try {
      thread.execute(() -> store(offset, bytes, error, payer));
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      busy = false; // The host has no thread to spare.
      errors |= error;
    }
  }

  private void store(long offset, MemorySegment bytes, int error, LongConsumer payer) {
    boolean stored = false;
    try {
      ThreadTime time = ThreadTime.ofCaller();
      long began = time.nanos();
      stored = stored(offset, bytes);
      payer.accept(Math.max(0, time.nanos() - began));
    } finally {
      end(offset, bytes, stored ? 0 : error); // Whatever happens: a pause waits for it.
    }
  }

  private synchronized void end(long offset, MemorySegment bytes, int error) {
    if (error == 0) {
      contents.segment().asSlice(offset, bytes.byteSize()).copyFrom(bytes);
    }
    errors |= error;
    busy = false;
    notifyAll();
  }

  /** The guest is told of a failure; what the host said is the backend's to report. */
  private boolean stored(long offset, MemorySegment bytes) {
    try {
      file.write(offset, bytes);
      file.flush();
      return true;
    } catch (Exception | Error e) {
      return false;
    }
  }

  // ------------------------------------------------------------ for the machine

  /** Returns once nothing is being written. */
  public synchronized void settle() {
    boolean interrupted = false;
    while (busy) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true; // What was begun ends soon.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives the memory back; nothing is being written, and nobody accesses it any more. */
  public void close() {
    contents.close();
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    List<Long> words = new ArrayList<>();
    for (int at = 0; at < BUFFER; at += Long.BYTES) {
      words.add((long) LONGS.get(buffer, at));
    }
    return new State(shown, awaited, errors, left, base, begun, misplaced, words);
  }

  @Override
  public synchronized void restore(State state) {
    int words = BUFFER / Long.BYTES;
    StateShape.requireCount("words of the flash's buffer", state.buffer.size(), words);
    if (state.base < 0 || state.base > SIZE - BUFFER || state.base % BUFFER != 0) {
      throw new IllegalArgumentException(
          "the flash's buffer cannot be for 0x%x; expected a multiple of 0x%x below 0x%x"
              .formatted(state.base, BUFFER, SIZE));
    }
    shown = state.shown;
    awaited = state.awaited;
    errors = state.errors & (SEQUENCE_ERROR | LOCKED);
    left = state.left;
    base = state.base;
    begun = state.begun;
    misplaced = state.misplaced;
    for (int n = 0; n < words; n++) {
      LONGS.set(buffer, n * Long.BYTES, (long) state.buffer.get(n));
    }
  }
}
