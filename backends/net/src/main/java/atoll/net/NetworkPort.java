package atoll.net;

import atoll.device.spi.NetBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetPort;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** A place of a network where a guest's interface is plugged in. */
public final class NetworkPort extends DevicePort<NetPort> implements NetBackend {
  /** Frames from other guests that wait for room; what comes then is lost, as in any switch. */
  private static final int MOST_WAITING = 64;

  private final NicSettings settings;
  private final int mtu;
  private final boolean fixed;
  private final NetworkLoop loop;
  private final Runnable firstUse;
  private final Optional<Capture> capture;
  private final Optional<TokenBucket> outgoing;
  private final Optional<TokenBucket> incoming;
  private final Alarms.Alarm outgoingAlarm;
  private final Alarms.Alarm incomingAlarm;
  private final Offloads offloads = new Offloads();
  private final ArrayDeque<NetFrame> waiting = new ArrayDeque<>();
  private final ArrayDeque<NetFrame> spare = new ArrayDeque<>();
  private final Set<Sender> blocked = new LinkedHashSet<>();
  private final Traffic traffic = new Traffic();

  private volatile boolean linked = true;
  private volatile boolean carrier = true;

  /** Changes with every interface that comes or goes. */
  private final AtomicInteger life = new AtomicInteger();

  /** Somebody who had no room here. */
  @FunctionalInterface
  interface Sender {
    /** There may be room again. */
    void proceed();
  }

  /** What has passed, for people. */
  private static final class Traffic {
    private final LongAdder framesOut = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final LongAdder framesIn = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder lost = new LongAdder();
  }

  /**
   * What has passed so far.
   *
   * @param mac the interface's address
   * @param link whether the cable is plugged in, and leads somewhere
   * @param framesOut sent by the guest
   * @param framesIn given to it
   * @param refused frames of the guest's that the network does not carry
   * @param lost frames for the guest that it had no room for
   */
  public record Statistics(
      String mac,
      boolean link,
      long framesOut,
      long bytesOut,
      long framesIn,
      long bytesIn,
      long refused,
      long lost) {}

  /**
   * @param firstUse called when an interface is plugged in
   */
  NetworkPort(
      NicSettings settings,
      int mtu,
      boolean fixed,
      NetworkLoop loop,
      Optional<Capture> capture,
      Runnable firstUse) {
    super(loop);
    this.settings = settings;
    this.mtu = mtu;
    this.fixed = fixed;
    this.loop = loop;
    this.capture = capture;
    this.firstUse = firstUse;
    outgoing = settings.bucket();
    incoming = settings.bucket();
    outgoingAlarm = loop.alarms().make(this::ready);
    incomingAlarm = loop.alarms().make(this::room);
  }

  // ------------------------------------------------------------ what a device calls

  @Override
  public long mac() {
    return settings.mac().bits();
  }

  @Override
  public boolean macFixed() {
    return fixed;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  void plugged(NetPort port) {
    int ignored = life.incrementAndGet();
    tellLink(port);
    firstUse.run();
  }

  @Override
  void unplugged() {
    int ignored = life.incrementAndGet();
  }

  /** Plugs the cable in, or pulls it out. */
  public void link(boolean up) {
    linked = up;
    tellLink();
  }

  /** Whether anything is at the other end of the cable. */
  void carrier(boolean there) {
    carrier = there;
    tellLink();
  }

  private void tellLink() {
    NetPort present = device();
    if (present != null) {
      tellLink(present);
    }
  }

  /** Two threads may tell at once; whoever does last has to tell what is. */
  private void tellLink(NetPort present) {
    boolean told;
    do {
      told = linked && carrier;
      present.link(told);
    } while (told != (linked && carrier));
  }

  /** What has passed so far. */
  public Statistics statistics() {
    return new Statistics(
        settings.mac().toString(),
        linked && carrier,
        traffic.framesOut.sum(),
        traffic.bytesOut.sum(),
        traffic.framesIn.sum(),
        traffic.bytesIn.sum(),
        traffic.refused.sum(),
        traffic.lost.sum());
  }

  // ------------------------------------------------------------ what the network does

  NicSettings settings() {
    return settings;
  }

  /** Another interface is here, or none: what was for the old one is lost. */
  void forget() {
    spare.addAll(waiting);
    waiting.clear();
    blocked.clear();
  }

  /** Takes the guest's next frame; false if there is none, or if it is not its turn. */
  boolean next(NetFrame into) {
    NetPort present = device();
    if (present == null || !mayTake() || !present.next(into)) {
      return false;
    }
    outgoing.ifPresent(bucket -> bucket.take(into.length(), loop.now()));
    if (into.length() == 0) {
      refuse();
    } else {
      traffic.framesOut.increment();
      traffic.bytesOut.add(into.length());
      moved(into.length());
      capture.ifPresent(file -> file.write(into, false));
    }
    return true;
  }

  private boolean mayTake() {
    boolean may = outgoing.map(bucket -> bucket.take(0, loop.now())).orElse(true);
    if (!may) {
      outgoingAlarm.at(outgoing.get().next());
    }
    return may;
  }

  /** A frame of the guest's that the network does not carry. */
  void refuse() {
    traffic.refused.increment();
  }

  /**
   * Gives the guest a frame from a sender who keeps it if there is no room.
   *
   * @return false if there is none; {@code sender} is told when there is
   */
  boolean offer(NetFrame frame, Sender sender) {
    boolean taken = waiting.isEmpty() && give(frame);
    if (!taken) {
      blocked.add(sender);
    }
    return taken;
  }

  /** Whether a frame for the guest would be given or kept. */
  boolean hasRoom() {
    return waiting.size() < MOST_WAITING;
  }

  /** Gives the guest a frame, at once or later; it is lost if too many wait. */
  void send(NetFrame frame) {
    if (waiting.isEmpty() && give(frame)) {
      return;
    }
    if (!hasRoom() || device() == null) {
      traffic.lost.increment();
      return;
    }
    NetFrame kept = spare.isEmpty() ? new NetFrame() : spare.pop();
    waiting.add(kept.become(frame));
  }

  /** The guest has room: what waits goes on. */
  void proceed() {
    while (!waiting.isEmpty() && give(waiting.peek())) {
      spare.push(waiting.poll());
    }
    if (waiting.isEmpty() && !blocked.isEmpty()) {
      Sender[] senders = blocked.toArray(Sender[]::new);
      blocked.clear();
      for (Sender sender : senders) {
        sender.proceed();
      }
    }
  }

  private boolean give(NetFrame frame) {
    NetPort present = device();
    if (present == null) {
      return true; // Into nothing.
    }
    if (!incoming.map(bucket -> bucket.take(0, loop.now())).orElse(true)) {
      incomingAlarm.at(incoming.get().next());
      return false;
    }
    if (frame.segmentSize() != 0 && !present.takesSegments(frame.segmentsIpv6())) {
      offloads.cut(frame, piece -> giveOrLose(present, piece));
      return true;
    }
    if (frame.checksumMissing() && !present.takesPartialChecksums()) {
      Offloads.finish(frame);
    }
    boolean taken = present.receive(frame);
    if (taken) {
      given(frame);
    }
    return taken;
  }

  private void giveOrLose(NetPort present, NetFrame piece) {
    if (present.receive(piece)) {
      given(piece);
    } else {
      traffic.lost.increment();
    }
  }

  private void given(NetFrame frame) {
    incoming.ifPresent(bucket -> bucket.take(frame.length(), loop.now()));
    traffic.framesIn.increment();
    traffic.bytesIn.add(frame.length());
    moved(frame.length());
    capture.ifPresent(file -> file.write(frame, true));
  }

  /** Whether a guest takes TCP segments that are still to be cut. */
  boolean takesSegments(boolean ipv6) {
    NetPort present = device();
    return present != null && present.takesSegments(ipv6);
  }

  /** Whether a guest takes frames whose checksum is still to be computed. */
  boolean takesPartialChecksums() {
    NetPort present = device();
    return present != null && present.takesPartialChecksums();
  }

  /** Whether an interface is plugged in. */
  boolean plugged() {
    return device() != null;
  }

  int life() {
    return life.get();
  }
}
