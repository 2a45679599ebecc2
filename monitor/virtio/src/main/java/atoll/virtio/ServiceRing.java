package atoll.virtio;

import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.BitSet;

/**
 * The memory that a client's monitor and a server share, as docs/driver-vm.md has it byte by byte:
 * a header, requests, answers, and pages for what is lent.
 *
 * <p>The server may write anything anywhere at any time. So every word of it is read once, nothing
 * that this side needs to know is kept there, and what is wrong is an answer that this side does
 * not take.
 */
@Unsaved("begun again when a state is taken over: what the server has is asked for once more")
final class ServiceRing {
  /** Requests that can be with the server at the same time. */
  static final int ENTRIES = 256;

  /** Bytes that a request can be lent. */
  static final int MOST_BYTES = 256 << 10;

  /** The least memory. */
  static final long LEAST = 1 << 20;

  /** What {@link #answer} says if there is none. */
  static final int NONE = -1;

  /** The same if the server has broken the rules, and is not listened to until it begins anew. */
  static final int BROKEN = -2;

  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG;
  private static final VarHandle WORD = I32.varHandle();

  private static final int PAGE = 4096;

  private static final int MAGIC = 0x00;
  private static final int VERSION = 0x04;
  private static final int KIND = 0x08; // of virtio's section 5
  private static final int ENTRIES_AT = 0x0c;
  private static final int REQUESTS_AT = 0x10;
  private static final int ANSWERS_AT = 0x14;
  private static final int DATA_AT = 0x18;
  private static final int FLAGS = 0x1c;
  private static final int UNIT = 0x20;
  private static final int OFFSET = 0x28; // 64 bits
  private static final int BYTES = 0x30; // 64 bits
  private static final int ADDRESS = 0x38; // 64 bits
  private static final int EPOCH = 0x40;
  private static final int REQUESTS = 0x44; // how many there have been in this epoch
  private static final int ANSWERS = 0x80; // the server's: the same
  private static final int READY = 0x84; // the server's: the epoch that it serves
  private static final int SAID = 0x88; // the server's, 64 bits

  private static final int MAGIC_VALUE = 0x5653_5441; // "ATSV"
  private static final int VERSION_VALUE = 1;
  private static final int FLAG_READ_ONLY = 1;

  private static final int REQUEST_RING = PAGE;
  private static final int REQUEST_SIZE = 32;
  private static final int ANSWER_RING = REQUEST_RING + ENTRIES * REQUEST_SIZE;
  private static final int ANSWER_SIZE = 16;
  private static final int DATA = ANSWER_RING + ENTRIES * ANSWER_SIZE;

  private final MemorySegment memory;
  private final Service service;
  private final String name;
  private final int pages;
  private final BitSet lent = new BitSet();
  private final int[] firstPage = new int[ENTRIES];
  private final int[] bytesOut = new int[ENTRIES];
  private final int[] bytesIn = new int[ENTRIES];
  private final boolean[] open = new boolean[ENTRIES];
  private int epoch;
  private int requests;
  private int answers;
  private int outstanding;
  private boolean broken;
  private String wrong = "";
  private int written;

  /**
   * Begins to use {@code memory}, at least {@link #LEAST} bytes.
   *
   * @param memory of which the server has a window
   */
  ServiceRing(MemorySegment memory, Service service, String name) {
    if (memory.byteSize() < LEAST) {
      throw new IllegalArgumentException(
          "%d bytes for a service; expected at least %d".formatted(memory.byteSize(), LEAST));
    }
    this.memory = memory;
    this.service = service;
    this.name = name;
    pages = (int) Math.min((memory.byteSize() - DATA) / PAGE, Integer.MAX_VALUE);
  }

  /** Forgets all requests; the server is to begin anew, and is served nothing until it has. */
  void begin() {
    epoch = (int) WORD.getAcquire(memory, (long) EPOCH) + 1;
    epoch = epoch == 0 ? 1 : epoch; // What a server that has not begun says that it serves.
    for (int number = 0; number < ENTRIES; number++) {
      if (open[number]) {
        close(number);
      }
    }
    requests = 0;
    answers = 0;
    broken = false;
    memory.set(I32, READY, 0);
    describe();
    WORD.setRelease(memory, (long) EPOCH, epoch);
    WORD.setRelease(memory, (long) REQUESTS, 0);
    WORD.setRelease(memory, (long) MAGIC, MAGIC_VALUE);
  }

  private void describe() {
    memory.set(I32, VERSION, VERSION_VALUE);
    memory.set(I32, KIND, service.kind().id);
    memory.set(I32, ENTRIES_AT, ENTRIES);
    memory.set(I32, REQUESTS_AT, REQUEST_RING);
    memory.set(I32, ANSWERS_AT, ANSWER_RING);
    memory.set(I32, DATA_AT, DATA);
    memory.set(I32, FLAGS, service.readOnly() ? FLAG_READ_ONLY : 0);
    memory.set(I32, UNIT, service.unit());
    memory.set(I64, OFFSET, service.offset());
    memory.set(I64, BYTES, service.bytes());
    memory.set(I64, ADDRESS, address());
  }

  /** Of a network: the bytes of the client's address, the first one lowest. */
  private long address() {
    return service.kind() == Service.Kind.NETWORK
        ? Long.reverseBytes(ServedNetwork.addressOf(name)) >>> Short.SIZE
        : 0;
  }

  /** Whether the server serves this epoch, and has kept to the rules. */
  boolean ready() {
    return !broken && epoch != 0 && (int) WORD.getAcquire(memory, (long) READY) == epoch;
  }

  /**
   * What the server says of its device, or has said before it ended: sectors of a disk, and whether
   * a network is connected.
   */
  long said() {
    return memory.get(I64, SAID);
  }

  /**
   * Takes memory for a request, to be filled and {@linkplain #post posted} or {@linkplain #close
   * closed}.
   *
   * @param out bytes that the server reads
   * @param in bytes that it writes; together at most {@link #MOST_BYTES}
   * @return the request's number, or {@link #NONE} if there is no room now
   */
  int take(int out, int in) {
    int wanted = pagesOf(out) + pagesOf(in);
    int number = freeNumber();
    int first = number == NONE ? NONE : room(wanted);
    if (first == NONE) {
      return NONE;
    }
    lent.set(first, first + wanted);
    firstPage[number] = first;
    bytesOut[number] = out;
    bytesIn[number] = in;
    open[number] = true;
    outstanding++;
    return number;
  }

  private int freeNumber() {
    for (int n = 0; n < ENTRIES && outstanding < ENTRIES; n++) {
      int number = requests + n & ENTRIES - 1;
      if (!open[number]) {
        return number;
      }
    }
    return NONE;
  }

  /** The first free run of so many pages. */
  private int room(int wanted) {
    for (int from = lent.nextClearBit(0); from + wanted <= pages; ) {
      int end = lent.nextSetBit(from);
      if (end < 0 || end - from >= wanted) {
        return from;
      }
      from = lent.nextClearBit(end);
    }
    return NONE;
  }

  private static int pagesOf(int bytes) {
    return (bytes + PAGE - 1) / PAGE;
  }

  /** What the server reads of a request. */
  MemorySegment out(int number) {
    return memory.asSlice(placeOut(number), bytesOut[number]);
  }

  /** What it writes. */
  MemorySegment in(int number) {
    return memory.asSlice(placeIn(number), bytesIn[number]);
  }

  private long placeOut(int number) {
    return DATA + (long) firstPage[number] * PAGE;
  }

  private long placeIn(int number) {
    return placeOut(number) + (long) pagesOf(bytesOut[number]) * PAGE;
  }

  /** Gives a request to the server. */
  void post(int number, int queue) {
    long at = REQUEST_RING + (long) (requests & ENTRIES - 1) * REQUEST_SIZE;
    memory.set(I32, at, number);
    memory.set(I32, at + 4, queue);
    memory.set(I32, at + 8, (int) placeOut(number));
    memory.set(I32, at + 12, bytesOut[number]);
    memory.set(I32, at + 16, (int) placeIn(number));
    memory.set(I32, at + 20, bytesIn[number]);
    requests++;
    WORD.setRelease(memory, (long) REQUESTS, requests);
  }

  /**
   * The next answer.
   *
   * @return the number of its request, whose {@link #written} counts now, or {@link #NONE} or
   *     {@link #BROKEN}
   */
  int answer() {
    if (!ready()) {
      return NONE;
    }
    int there = (int) WORD.getAcquire(memory, (long) ANSWERS) - answers;
    if (there == 0) {
      return NONE;
    }
    if (there < 0 || there > outstanding) {
      return broken("%d answers to %d requests".formatted(there, outstanding));
    }
    long at = ANSWER_RING + (long) (answers & ENTRIES - 1) * ANSWER_SIZE;
    int number = memory.get(I32, at);
    written = memory.get(I32, at + 4);
    answers++;
    if (number < 0 || number >= ENTRIES || !open[number]) {
      return broken("an answer to request %d, which it does not have".formatted(number));
    }
    return written >= 0 && written <= bytesIn[number]
        ? number
        : broken("an answer of %d bytes, where %d fit".formatted(written, bytesIn[number]));
  }

  private int broken(String how) {
    broken = true;
    wrong = how;
    return BROKEN;
  }

  /** How the server has broken the rules the last time. */
  String wrong() {
    return wrong;
  }

  /** How many bytes the server says it has written for the last answer; no more than were lent. */
  int written() {
    return written;
  }

  /** Takes back what was lent to a request, and leaves nothing of it there. */
  void close(int number) {
    int bytes = (pagesOf(bytesOut[number]) + pagesOf(bytesIn[number])) * PAGE;
    memory.asSlice(placeOut(number), bytes).fill((byte) 0);
    lent.clear(firstPage[number], firstPage[number] + bytes / PAGE);
    open[number] = false;
    outstanding--;
  }
}
