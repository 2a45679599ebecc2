package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.ChannelLink;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A device whose requests are served by another machine. To its driver it is an ordinary device;
 * what a request's buffers have is lent to the server for as long as it works on it, over a {@link
 * ServiceRing}, and only what the server has filled of it comes back.
 *
 * <p>While no server is there, or it does not answer, requests wait. When one comes, or begins
 * anew, it gets all requests that were not answered, in the order of their queue. A request of a
 * driver that has been reset meanwhile is answered to nobody, and no request of the next driver
 * goes out before.
 *
 * <p>All work is done by the client's vCPUs, in steps: the server's only mark that there is some.
 */
public final class VirtioServed extends VirtioDevice implements ChannelLink.Receiver {
  /** Bits of the bell. */
  private static final int LOOK = 1;

  private static final int REQUEST_COST = 500;
  private static final int BYTES_A_UNIT = 8;

  private final String name;
  private final Service service;
  private final ChannelLink link;
  private final ServiceRing ring;
  private final ServedKind kind;
  private final LongSupplier nanos;
  private final Consumer<String> notices;

  /** Whose request each number is; none if its driver has gone. */
  @Unsaved("asked for once more after a restore")
  private final TakenRequest[] asked = new TakenRequest[ServiceRing.ENTRIES];

  @Unsaved("asked for once more after a restore")
  private final int[] askedOn = new int[ServiceRing.ENTRIES];

  /** With the server, though its driver has gone. */
  @Unsaved("asked for once more after a restore")
  private int orphans;

  @Unsaved("as the server says")
  private boolean up;

  /** There is no room for a request: answers make some. */
  @Unsaved("of the step under way")
  private boolean full;

  @Unsaved("for statistics")
  private long requests;

  @Unsaved("for statistics")
  private long answers;

  @Unsaved("for statistics")
  private long again;

  @Unsaved("for statistics")
  private long refused;

  @Unsaved("for statistics")
  private long violations;

  /** Requests that the server has to answer, not counting those that wait for something. */
  @Unsaved("asked for once more after a restore")
  private int due;

  /** When the server has last answered, or when all that it has to answer was sent. */
  @Unsaved("for statistics")
  private long heard;

  /**
   * What has gone to and come from the server.
   *
   * @param service its name
   * @param up whether a server is there that serves
   * @param requests sent, also again
   * @param answers that came back
   * @param again requests sent before to a server that has ended or begun anew
   * @param waiting requests that the server has to answer now
   * @param silent nanoseconds since it has answered one, while some wait; 0 otherwise
   * @param refused requests that it did not get: writes to what is read-only, frames with another's
   *     address, what is too long
   * @param violations how often the server broke the ring's rules
   */
  public record Statistics(
      String service,
      boolean up,
      long requests,
      long answers,
      long again,
      long waiting,
      long silent,
      long refused,
      long violations) {
    /** The same with what happened in a later life. */
    public Statistics plus(Statistics later) {
      return new Statistics(
          service,
          later.up,
          requests + later.requests,
          answers + later.answers,
          again + later.again,
          later.waiting,
          later.silent,
          refused + later.refused,
          violations + later.violations);
    }
  }

  /**
   * Makes one; {@link #plugIn} connects it.
   *
   * @param memory of which the server has a window, at least 1 MiB
   * @param link rings the server, and is rung by it
   * @param nanos of a clock that stands still while the machine does
   * @param notices hears, once in a life of the server's, that it has broken the rules
   */
  public VirtioServed(
      String name,
      Service service,
      MemorySegment memory,
      ChannelLink link,
      LongSupplier nanos,
      Consumer<String> notices) {
    this.name = name;
    this.service = service;
    this.link = link;
    this.nanos = nanos;
    this.notices = notices;
    ring = new ServiceRing(memory, service, name);
    kind = ServedKind.of(service, name);
    kind.said(false, ring);
  }

  @Override
  void attached() {
    kind.attach(session());
  }

  /** Connects it to the server's end. */
  public void plugIn() {
    link.attach(this);
  }

  /** Disconnects it. */
  public void unplug() {
    link.close();
    synchronized (session()) {
      up = false; // The memory may go before this object does.
    }
  }

  @Override
  int id() {
    return service.kind().id;
  }

  @Override
  long features() {
    return kind.features();
  }

  @Override
  int queues() {
    return service.kind().queues;
  }

  @Override
  int queueSize() {
    return service.kind().queueSize;
  }

  @Override
  int configSize() {
    return service.kind().configSize;
  }

  @Override
  void config(ByteBuffer into) {
    kind.config(into);
  }

  // ------------------------------------------------------------ by the server

  @Override
  public void rung(int bits) {
    for (int queue = 0; queue < queues(); queue++) {
      session().mark(queue);
    }
  }

  /** What it has not answered will be asked for again, of whoever comes. */
  @Override
  public void peer(boolean there) {
    synchronized (session()) {
      if (there == up) {
        return;
      }
      forget();
      up = there;
      ring.begin();
      rung(LOOK);
    }
    if (there) {
      link.ring(LOOK);
    }
  }

  private void forget() {
    for (int number = 0; number < asked.length; number++) {
      if (asked[number] != null) {
        session().queue(askedOn[number]).leave(asked[number]);
        asked[number] = null;
        again++;
      }
    }
    orphans = 0;
    due = 0;
  }

  // ------------------------------------------------------------ by the driver

  @Override
  void stopped(int queue) {
    int before = orphans;
    for (int number = 0; number < asked.length; number++) {
      if (asked[number] != null && askedOn[number] == queue) {
        asked[number] = null;
        orphans++;
      }
    }
    if (orphans > before && service.kind().standing(0)) {
      startAnew(); // The server would not answer before something comes for nobody.
    }
  }

  private void startAnew() {
    forget();
    ring.begin();
    rung(LOOK);
    if (up) {
      link.ring(LOOK);
    }
  }

  @Override
  boolean serve(int queue, ExitBudget budget) {
    collect(budget);
    boolean rings = false;
    SplitQueue from = session().queue(queue);
    do {
      from.quiet();
      while (serves() && !budget.spent() && send(queue, budget)) {
        rings = true;
      }
      session().returned(from);
    } while (serves() && !full && !budget.spent() && from.listen());
    if (rings || waitsForServer(from)) {
      link.ring(LOOK);
    }
    return budget.spent() && session().running();
  }

  private boolean serves() {
    return session().running() && up && orphans == 0 && ring.ready();
  }

  /** A server that has not begun yet is to do so with this client's priority. */
  private boolean waitsForServer(SplitQueue from) {
    return up && session().running() && !ring.ready() && from.waiting() > 0;
  }

  /** Sends a request; returns whether it did. */
  private boolean send(int queue, ExitBudget budget) {
    full = false;
    SplitQueue from = session().queue(queue);
    TakenRequest taken = from.claim(budget);
    if (taken == null) {
      return false;
    }
    budget.spend(REQUEST_COST);
    switch (kind.look(queue, taken.chain())) {
      case BROKEN -> {
        session().broken("a request of a served device without its header or room for an answer");
        return false;
      }
      case REFUSE -> {
        refused++;
        from.finish(taken, kind.refuse(taken.chain()));
        return true;
      }
      case LEND -> {}
    }
    int number = ring.take((int) kind.out, (int) kind.in);
    if (number == ServiceRing.NONE) {
      from.leave(taken);
      full = true;
      return false;
    }
    lend(taken, number, queue, budget);
    return true;
  }

  private void lend(TakenRequest taken, int number, int queue, ExitBudget budget) {
    MemorySegment out = ring.out(number);
    budget.spend(out.byteSize() / BYTES_A_UNIT);
    taken.chain().read(out);
    kind.keep(out);
    asked[number] = taken;
    askedOn[number] = queue;
    ring.post(number, queue);
    requests++;
    if (!service.kind().standing(queue) && due++ == 0) {
      heard = nanos.getAsLong();
    }
  }

  // ------------------------------------------------------------ answers

  /** Gives back what the server has answered. */
  private void collect(ExitBudget budget) {
    if (kind.said(ring.ready(), ring)) {
      session().configChanged();
    }
    int number = session().running() ? ring.answer() : ServiceRing.NONE;
    while (number >= 0) {
      finish(number, budget);
      number = budget.spent() || !session().running() ? ServiceRing.NONE : ring.answer();
    }
    if (number == ServiceRing.BROKEN) {
      violations++;
      notices.accept(
          "service %s: its server broke the rules by %s; what it serves stands still until it starts anew"
              .formatted(name, ring.wrong()));
    }
    for (int queue = 0; queue < queues(); queue++) {
      session().returned(session().queue(queue));
    }
  }

  private void finish(int number, ExitBudget budget) {
    answers++;
    TakenRequest taken = asked[number];
    int queue = askedOn[number];
    budget.spend(REQUEST_COST);
    if (taken == null) {
      orphans--;
    } else {
      asked[number] = null;
      MemorySegment in = ring.in(number).asSlice(0, ring.written());
      budget.spend(in.byteSize() / BYTES_A_UNIT);
      session().queue(queue).finish(taken, kind.fill(queue, taken.chain(), in));
    }
    if (!service.kind().standing(queue)) {
      due--;
      heard = nanos.getAsLong();
    }
    ring.close(number);
  }

  /** What was asked for until now is answered to nobody. */
  @Override
  void restore(State state) {
    super.restore(state);
    for (int queue = 0; queue < queues(); queue++) {
      stopped(queue);
    }
  }

  /** A snapshot of the counters. */
  public Statistics statistics() {
    synchronized (session()) {
      long silent = due > 0 ? Math.max(0, nanos.getAsLong() - heard) : 0;
      return new Statistics(
          name, up && ring.ready(), requests, answers, again, due, silent, refused, violations);
    }
  }
}
