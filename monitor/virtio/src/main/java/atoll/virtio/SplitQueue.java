package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.memory.GuestMemory;
import atoll.state.Unsaved;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The device's side of a split virtqueue (§2.7), with indirect descriptors and event indices.
 *
 * <p>Everything in the rings comes from the guest: sizes, addresses, indices and lengths are
 * checked, and a chain is bounded. An error is reported once to {@link Faults}, and the queue stops
 * until it is reset. Guarded by the session's monitor.
 *
 * <p>Requests that were taken and not given back are known, and are part of the state. Most devices
 * have one of them at a time ({@link #take}), which can be served in pieces; a device with threads
 * has several ({@link #claim}), in any order. A machine that was restored in between looks at their
 * descriptors, and checks them, once more.
 */
final class SplitQueue {
  /** The largest ring, and the longest chain. */
  static final int MAX_SIZE = 1024;

  /** Hears what a driver did wrong. */
  @FunctionalInterface
  interface Faults {
    /** The driver broke the rule that {@code what} tells, with the offending values. */
    void broken(String what);
  }

  private static final int RING_FLAGS = 0; // §2.7.6, §2.7.8: the same in both rings
  private static final int RING_INDEX = 2;
  private static final int RING = 4;
  private static final int RING_EXTRA = 6; // flags, index and the event field
  private static final int AVAILABLE_NO_INTERRUPT = 1;
  private static final int USED_NO_NOTIFY = 1;
  private static final int AVAILABLE_ENTRY = 2;
  private static final int USED_ENTRY = 8;

  /** Units of budget for taking a request; what its descriptors cost comes on top. */
  private static final int REQUEST_COST = 400;

  private final GuestMemory memory;
  private final int maxSize;
  private final Faults faults;
  private final DescriptorTable table;

  /** Requests that were taken and not given back, in the order in which they were taken. */
  private final List<TakenRequest> taken = new ArrayList<>();

  @Unsaved("to be used again")
  private final ArrayDeque<TakenRequest> spare = new ArrayDeque<>();

  /** Requests that are filled and given back together, at once. */
  @Unsaved("gathered, filled and given back in one call")
  private final List<DescriptorChain> room = new ArrayList<>();

  @Unsaved("gathered, filled and given back in one call")
  private int[] roomHeads = new int[0];

  /** How many requests were waiting then. */
  @Unsaved("gathered, filled and given back in one call")
  private int seen;

  private int size;
  private long descriptors;
  private long available;
  private long used;
  private boolean ready;
  private boolean indirect;
  private boolean eventIndex;
  private int nextAvailable;
  private int nextUsed;
  private int signalled;
  private boolean broken;

  /**
   * The whole state; ring addresses are guest-physical.
   *
   * @param nextAvailable index of the next entry to take, modulo 65536
   * @param nextUsed index of the next entry to give back, modulo 65536
   * @param signalled used index when an interrupt was last considered
   * @param requests that were taken and not given back, in the order in which they were taken
   */
  public record State(
      int size,
      long descriptors,
      long available,
      long used,
      boolean ready,
      boolean indirect,
      boolean eventIndex,
      int nextAvailable,
      int nextUsed,
      int signalled,
      boolean broken,
      List<Request> requests) {
    public State {
      requests = List.copyOf(requests);
      if (requests.size() > MAX_SIZE) {
        throw new IllegalArgumentException(
            "the saved state of a virtqueue has %d requests under way; expected at most %d"
                .formatted(requests.size(), MAX_SIZE));
      }
    }
  }

  /**
   * A request that was taken and not given back.
   *
   * @param head its first descriptor
   * @param read bytes of its readable buffers that were served
   * @param written bytes of its writable buffers that were served
   */
  public record Request(int head, long read, long written) {
    public Request {
      if (head < 0 || read < 0 || written < 0) {
        throw new IllegalArgumentException(
            "the saved state of a virtqueue has request %d, %d bytes read, %d written"
                .formatted(head, read, written));
      }
    }
  }

  SplitQueue(GuestMemory memory, int maxSize, Faults faults) {
    this.memory = memory;
    this.maxSize = maxSize;
    this.faults = faults;
    table = new DescriptorTable(memory);
    reset();
  }

  void reset() {
    size = maxSize;
    descriptors = 0;
    available = 0;
    used = 0;
    stop();
  }

  int maxSize() {
    return maxSize;
  }

  boolean ready() {
    return ready;
  }

  int size() {
    return size;
  }

  void size(int size) {
    this.size = size;
  }

  long descriptors() {
    return descriptors;
  }

  void descriptors(long gpa) {
    descriptors = gpa;
  }

  long available() {
    return available;
  }

  void available(long gpa) {
    available = gpa;
  }

  long used() {
    return used;
  }

  void used(long gpa) {
    used = gpa;
  }

  /** Takes no more from the rings; they may be set up again. */
  void stop() {
    ready = false;
    broken = false;
    nextAvailable = 0;
    nextUsed = 0;
    signalled = 0;
    forget();
  }

  private void forget() {
    while (!taken.isEmpty()) {
      recycle(taken.getLast());
    }
  }

  /** Accepts the rings as they were set up, or reports why not. */
  void start() {
    String wrong = wrongLayout();
    if (wrong != null) {
      broken(wrong);
      return;
    }
    ready = true;
  }

  /** The features that change how rings are read (§2.7.5.3, §2.7.7), once they are negotiated. */
  void negotiated(boolean indirect, boolean eventIndex) {
    this.indirect = indirect;
    this.eventIndex = eventIndex;
  }

  private String wrongLayout() {
    if (size < 1 || size > maxSize || Integer.bitCount(size) != 1) {
      return "a queue size of %d; expected a power of two up to %d".formatted(size, maxSize);
    }
    String wrong = wrongArea("descriptor table", descriptors, DescriptorTable.ENTRY * size, 16);
    if (wrong == null) {
      wrong = wrongArea("driver area", available, RING_EXTRA + AVAILABLE_ENTRY * size, 2);
    }
    int bytes = RING_EXTRA + USED_ENTRY * size;
    if (wrong == null) {
      wrong = wrongArea("device area", used, bytes, 4);
    }
    return wrong != null || memory.writable(used, bytes)
        ? wrong
        : "a device area in a protected page: 0x%x".formatted(used);
  }

  /** §2.7 says how each area is aligned. */
  private String wrongArea(String name, long gpa, int bytes, int alignment) {
    if (gpa % alignment != 0) {
      return "a %s at 0x%x; expected a multiple of %d".formatted(name, gpa, alignment);
    }
    return memory.contains(gpa, bytes) ? null : "a %s outside RAM: 0x%x".formatted(name, gpa);
  }

  /**
   * The request to be served: the one under way, or the next one. It is under way until {@link
   * #finish}. For a device that serves one request after the other.
   *
   * @param budget pays for looking at it
   * @return its chain, or null if there is no request or the driver broke a rule
   */
  DescriptorChain take(ExitBudget budget) {
    if (!ready || broken) {
      return null;
    }
    TakenRequest request = taken.isEmpty() ? next(budget) : taken.getFirst();
    return request != null && remembered(request, budget) ? request.chain() : null;
  }

  /**
   * A request that nobody serves yet: one that was left, or the next one. It is the caller's until
   * {@link #finish} or {@link #leave}. For a device that serves several at the same time.
   *
   * @param budget pays for looking at it
   * @return null if there is no request or the driver broke a rule
   */
  TakenRequest claim(ExitBudget budget) {
    if (!ready || broken) {
      return null;
    }
    TakenRequest request = left();
    if (request == null) {
      request = next(budget);
    }
    if (request == null || !remembered(request, budget)) {
      return null;
    }
    request.claim();
    return request;
  }

  /** One that was taken, and that nobody serves. */
  private TakenRequest left() {
    for (TakenRequest request : taken) {
      if (!request.claimed()) {
        return request;
      }
    }
    return null;
  }

  /** Whether somebody serves a request that was taken before this one. */
  boolean hasBefore(TakenRequest request) {
    return taken.getFirst() != request;
  }

  private TakenRequest next(ExitBudget budget) {
    int waiting = waiting();
    if (waiting == 0) {
      return null;
    }
    if (waiting > size) {
      broken("an available index %d ahead of a queue of %d".formatted(waiting, size));
      return null;
    }
    budget.spend(REQUEST_COST);
    VarHandle.acquireFence(); // §2.7.13.3: entries are read after the index that covers them
    int head = u16(available + RING + (long) AVAILABLE_ENTRY * (nextAvailable & (size - 1)));
    TakenRequest request = fresh();
    request.begin(head);
    if (!gather(request, budget)) {
      recycle(request);
      return null;
    }
    nextAvailable = (nextAvailable + 1) & 0xffff;
    return request;
  }

  /** One more among those that were taken. */
  private TakenRequest fresh() {
    TakenRequest request = spare.isEmpty() ? new TakenRequest(memory) : spare.pop();
    taken.add(request);
    return request;
  }

  /** It is not among those that were taken any more. */
  private void recycle(TakenRequest request) {
    taken.remove(request);
    spare.push(request);
  }

  private boolean gather(TakenRequest request, ExitBudget budget) {
    request.chain().begin();
    String wrong = follow(request.head(), request.chain(), budget);
    if (wrong != null) {
      broken(wrong);
    }
    return wrong == null;
  }

  /** After a restore: goes to where the request had been served to. */
  private boolean remembered(TakenRequest request, ExitBudget budget) {
    if (!request.forgotten()) {
      return true;
    }
    budget.spend(REQUEST_COST);
    if (!gather(request, budget)) {
      return false;
    }
    boolean same = request.remember();
    if (!same) {
      broken("a request that has become shorter than what was served of it");
    }
    return same;
  }

  /** The rest of the request under way is for later: what was served of it will not be again. */
  void keep() {
    taken.getFirst().keep();
  }

  /** A request that was claimed will be served again from its start. */
  void leave(TakenRequest request) {
    request.rewind();
  }

  /**
   * Gives the request under way back, or reports that it asked for a write that is not allowed.
   *
   * @param filled how many of its writable bytes are valid, from the first on
   */
  void finish(long filled) {
    finish(taken.getFirst(), filled);
  }

  /** The same for one of several. */
  void finish(TakenRequest request, long filled) {
    recycle(request);
    if (request.chain().refused()) {
      broken("a writable buffer in a protected page");
    } else {
      push(request.head(), filled);
    }
  }

  /** Takes a request out of service without giving it back; {@link #push} does that later. */
  int hold() {
    TakenRequest request = taken.getFirst();
    recycle(request);
    return request.head();
  }

  /** What {@link #takeRoom} returns if there can never be enough. */
  static final int NEVER = -1;

  /**
   * Takes as many of the next requests as have room for {@code bytes} together, for {@link
   * #fillRoom}.
   *
   * @param first bytes of the first one that count, if it has so many
   * @param most of them
   * @return how many; 0, with none taken, if there are not enough yet or the driver broke a rule;
   *     {@link #NEVER} if {@code most} of them have too little room, or {@code budget} does not
   *     last for them
   */
  int takeRoom(long bytes, int first, int most, ExitBudget budget) {
    int waiting = waiting();
    seen = waiting;
    if (waiting > size) {
      broken("an available index %d ahead of a queue of %d".formatted(waiting, size));
      return 0;
    }
    VarHandle.acquireFence(); // As in next().
    long found = 0;
    for (int n = 0; n < waiting; n++) {
      if (!gatherRoom(n, budget)) {
        return 0;
      }
      found += Math.min(room.get(n).writable(), n == 0 ? first : Integer.MAX_VALUE);
      if (found >= bytes) {
        return n + 1;
      }
      if (n + 1 == most || budget.spent()) {
        return NEVER;
      }
    }
    return 0;
  }

  private boolean gatherRoom(int n, ExitBudget budget) {
    if (n == room.size()) {
      room.add(new DescriptorChain(memory));
      roomHeads = Arrays.copyOf(roomHeads, n + 1);
    }
    budget.spend(REQUEST_COST);
    int entry = nextAvailable + n & size - 1;
    roomHeads[n] = u16(available + RING + (long) AVAILABLE_ENTRY * entry);
    room.get(n).begin();
    String wrong = follow(roomHeads[n], room.get(n), budget);
    if (wrong != null) {
      broken(wrong);
    }
    return wrong == null;
  }

  /** Of the requests that {@link #takeRoom} has taken, by number. */
  DescriptorChain room(int n) {
    return room.get(n);
  }

  /** Gives the first {@code count} of those back together, or reports a write not allowed. */
  void fillRoom(int count) {
    for (int n = 0; n < count; n++) {
      if (room.get(n).refused()) {
        broken("a writable buffer in a protected page");
        return;
      }
      entry(nextUsed + n, roomHeads[n], room.get(n).bytesWritten());
    }
    nextAvailable = nextAvailable + count & 0xffff;
    publish(count);
  }

  /** Requests that are there and have not been taken. */
  int waiting() {
    return ready && !broken ? (u16(available + RING_INDEX) - nextAvailable) & 0xffff : 0;
  }

  private String follow(int head, DescriptorChain chain, ExitBudget budget) {
    return table.follow(descriptors, size, indirect, head, chain, budget);
  }

  /** Gives chain {@code head} back, the first {@code written} of its writable bytes filled. */
  void push(int head, long written) {
    if (ready) {
      entry(nextUsed, head, written);
      publish(1);
    }
  }

  private void entry(int index, int head, long written) {
    long entry = used + RING + (long) USED_ENTRY * (index & (size - 1));
    memory.putInt(entry, head);
    memory.putInt(entry + 4, (int) written);
  }

  private void publish(int count) {
    VarHandle.releaseFence(); // §2.7.14: the entries, and the data, before the index
    nextUsed = (nextUsed + count) & 0xffff;
    memory.putShort(used + RING_INDEX, (short) nextUsed);
  }

  /** Whether what was pushed since the last call calls for an interrupt (§2.7.7.2). */
  boolean interruptWanted() {
    int pushed = (nextUsed - signalled) & 0xffff;
    signalled = nextUsed;
    if (!ready || pushed == 0) {
      return false;
    }
    VarHandle.fullFence(); // The index is visible before the driver's wish is read.
    if (!eventIndex) {
      return (u16(available + RING_FLAGS) & AVAILABLE_NO_INTERRUPT) == 0;
    }
    int event = u16(available + RING + (long) AVAILABLE_ENTRY * size);
    return ((nextUsed - event - 1) & 0xffff) < pushed;
  }

  /** Asks the driver not to notify while the queue is being served anyway (§2.7.10). */
  void quiet() {
    if (ready && !eventIndex) {
      memory.putShort(used + RING_FLAGS, (short) USED_NO_NOTIFY);
    }
  }

  /**
   * Asks the driver to notify again.
   *
   * @return whether something came in meanwhile, so that the queue is to be served once more
   */
  boolean listen() {
    return listenBehind(0);
  }

  /** The same after {@link #takeRoom} has found too little: for more than it has seen. */
  boolean listenForMore() {
    return listenBehind(seen);
  }

  /**
   * The same when {@code known} requests are there already and wait for something else: for more
   * than these.
   */
  boolean listenBehind(int known) {
    if (!ready || broken) {
      return false;
    }
    if (eventIndex) {
      memory.putShort(used + RING + (long) USED_ENTRY * size, (short) (nextAvailable + known));
    } else {
      memory.putShort(used + RING_FLAGS, (short) 0);
    }
    VarHandle.fullFence(); // The wish is visible before the index is looked at again.
    return waiting() != known;
  }

  private void broken(String what) {
    broken = true;
    faults.broken(what);
  }

  private int u16(long gpa) {
    return memory.getShort(gpa) & 0xffff;
  }

  State state() {
    return new State(
        size,
        descriptors,
        available,
        used,
        ready,
        indirect,
        eventIndex,
        nextAvailable,
        nextUsed,
        signalled,
        broken,
        taken.stream().map(TakenRequest::state).toList());
  }

  /**
   * Becomes what {@code state} says; its rings are checked again, since a file may say anything.
   */
  void restore(State state) {
    size = state.size;
    descriptors = state.descriptors;
    available = state.available;
    used = state.used;
    String wrong = state.ready ? wrongLayout() : null;
    if (wrong != null) {
      throw new IllegalArgumentException("the saved state of a virtqueue has " + wrong);
    }
    ready = state.ready;
    indirect = state.indirect;
    eventIndex = state.eventIndex;
    nextAvailable = state.nextAvailable & 0xffff;
    nextUsed = state.nextUsed & 0xffff;
    signalled = state.signalled & 0xffff;
    broken = state.broken;
    forget();
    state.requests.forEach(request -> fresh().restore(request));
  }
}
