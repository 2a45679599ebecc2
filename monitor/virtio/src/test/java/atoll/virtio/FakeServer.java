package atoll.virtio;

import atoll.device.spi.ChannelLink;
import atoll.host.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A driver VM as docs/driver-vm.md has it, on the other side of the memory; its disk is filled with
 * ones.
 */
final class FakeServer implements ChannelLink, AutoCloseable {
  /** What a request was lent. */
  record Request(int number, int out, int outBytes, int in, int inBytes) {}

  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;

  private final HostMemory host = HostMemory.allocate(Service.MEMORY);
  final MemorySegment memory = host.segment();

  /** Requests that it has taken and not answered. */
  final Deque<Request> taken = new ArrayDeque<>();

  /** What it says of its device when it begins: sectors of a disk, or that a network has a link. */
  long said = 2048;

  /** Whether it answers at once, and as it should. */
  boolean honest = true;

  private Receiver receiver;
  private int epoch;
  private int requests;
  private int answers;
  int rings;

  @Override
  public void ring(int bits) {
    rings++;
    if (honest && epoch != 0) {
      if (epoch != get(0x40)) {
        begin(); // A driver has gone with what it waited for.
      }
      work();
    }
  }

  @Override
  public void attach(Receiver to) {
    receiver = to;
  }

  @Override
  public void close() {
    receiver = null;
  }

  void free() {
    host.close();
  }

  /** Begins, as a VM does that is started. */
  void start() {
    receiver.peer(true);
    begin();
  }

  /** Serves what the client's monitor has begun. */
  void begin() {
    epoch = get(0x40);
    requests = 0;
    answers = 0;
    taken.clear();
    set(0x80, 0);
    memory.set(ValueLayout.JAVA_LONG, 0x88, said);
    set(0x84, epoch);
    receiver.rung(1);
  }

  /** Ends, as a VM does that is killed. */
  void die() {
    epoch = 0;
    receiver.peer(false);
  }

  /** Takes what is there, and answers all of it. */
  void work() {
    look();
    while (!taken.isEmpty()) {
      Request next = taken.poll();
      fill(next);
      answer(next.number, next.inBytes);
    }
    tell();
  }

  /** Takes what is there. */
  void look() {
    for (; get(0x44) != requests; requests++) {
      int at = get(0x10) + 32 * (requests % get(0x0c));
      taken.add(new Request(get(at), get(at + 8), get(at + 12), get(at + 16), get(at + 20)));
    }
  }

  byte[] read(int at, int bytes) {
    return memory.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE);
  }

  void fill(Request request) {
    memory.asSlice(request.in, request.inBytes).fill((byte) 1);
    if (request.inBytes > 0) {
      memory.set(ValueLayout.JAVA_BYTE, request.in + request.inBytes - 1, (byte) 0);
    }
  }

  void answer(int number, int written) {
    int at = get(0x14) + 16 * (answers % get(0x0c));
    set(at, number);
    set(at + 4, written);
    set(0x80, ++answers);
  }

  void tell() {
    receiver.rung(1);
  }

  int get(int at) {
    return memory.get(I32, at);
  }

  void set(int at, int value) {
    memory.set(I32, at, value);
  }
}
