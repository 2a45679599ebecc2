package atoll.net;

import atoll.device.spi.VsockPacket;
import java.io.IOException;

/**
 * A guest's end of a stream (virtio §5.10.6). Each side may send as much as the other has said that
 * it can take; what is taken from one and not yet by the other lies in a ring.
 */
final class VsockConnection {
  private static final long SECOND = 1_000_000_000L;

  /** How long a guest may take to agree to a stream, or to its end. */
  private static final long PATIENCE = 10 * SECOND;

  // What the guest is still to be told.
  private static final int ASK = 1;
  private static final int ANSWER = 2;
  private static final int CREDIT = 4;
  private static final int WANT_CREDIT = 8;

  private final VsockPort port;

  /** Whose streams it is counted among: the one's who has begun it. */
  private final VsockPort payer;

  private final VsockFlow flow;
  private final int window;
  private final ByteRing toGuest;
  private final ByteRing fromGuest;
  private final Alarms.Alarm patience;
  private VsockFar far;
  private Stage stage;
  private int owed;

  /** It is to be flushed at the end of the turn. */
  private boolean queued;

  // Towards the guest: what it can take, how much of that it has passed on, and what was sent.
  private int guestWindow;
  private int guestForwarded;
  private int sent;

  /** The guest was asked for room, and has not made any yet. */
  private boolean wanting;

  // From the guest: what has come, what was passed on, and how much of that it knows.
  private int received;
  private int forwarded;
  private int told;

  private boolean guestSilent;
  private boolean guestDeaf;
  private boolean farSilent;
  private boolean farDeaf;

  /** As flags of a SHUTDOWN. */
  private int endTold;

  private enum Stage {
    /** The guest was asked. */
    ASKING,
    /** The guest has asked; the other side has not answered yet. */
    ASKED,
    OPEN,
    CLOSED
  }

  private VsockConnection(
      VsockPort port,
      VsockPort payer,
      VsockFlow flow,
      Stage stage,
      ByteRing toGuest,
      ByteRing fromGuest) {
    this.port = port;
    this.payer = payer;
    this.flow = flow;
    this.stage = stage;
    this.toGuest = toGuest;
    this.fromGuest = fromGuest;
    window = port.hub().window(payer);
    patience = port.hub().loop().alarms().make(this::reset);
  }

  /** One that the guest is asked for. */
  static VsockConnection asking(VsockPort port, VsockFlow flow) {
    return new VsockConnection(port, port, flow, Stage.ASKING, ring(port), ring(port));
  }

  /** One that the guest asks for. */
  static VsockConnection asked(VsockPort port, VsockFlow flow, VsockPacket request) {
    var made = new VsockConnection(port, port, flow, Stage.ASKED, ring(port), ring(port));
    made.credit(request);
    return made;
  }

  private static ByteRing ring(VsockPort port) {
    return new ByteRing(port.hub().pool(), port.hub());
  }

  /** The end of another guest, which is asked for the same stream. */
  VsockConnection across(VsockPort to, VsockFlow itsFlow) {
    return new VsockConnection(
        to, payer, itsFlow, Stage.ASKING, /* toGuest= */ fromGuest, /* fromGuest= */ toGuest);
  }

  /** Begins, with what is on its other side. */
  void begin(VsockFar other) {
    far = other;
    patience.at(port.hub().loop().now() + PATIENCE);
    if (stage == Stage.ASKING) {
      owe(ASK);
    }
  }

  VsockFlow flow() {
    return flow;
  }

  VsockPort payer() {
    return payer;
  }

  ByteRing toGuest() {
    return toGuest;
  }

  ByteRing fromGuest() {
    return fromGuest;
  }

  /** Whether more may be put into the ring to the guest, up to {@link #window}. */
  boolean hungry() {
    return stage == Stage.OPEN && !guestDeaf && !farSilent && toGuest.size() < window;
  }

  /** Bytes that either ring may hold. */
  int window() {
    return window;
  }

  boolean silent() {
    return guestSilent;
  }

  private void owe(int what) {
    owed |= what;
    queue();
  }

  /** Has it flushed at the end of the turn. */
  void queue() {
    if (!queued && stage != Stage.CLOSED) {
      queued = true;
      port.hub().queue(this);
    }
  }

  // ------------------------------------------------------------ what the guest says

  /** Takes a packet of the guest's. */
  void input(VsockPacket p) {
    try {
      boolean understood = p.type() == VsockPacket.STREAM && understand(p);
      if (!understood) {
        reset();
      }
      queue();
    } catch (IOException e) {
      reset();
    }
  }

  /** Returns false if the packet breaks a rule. */
  private boolean understand(VsockPacket p) throws IOException {
    credit(p);
    return switch (p.operation()) {
      case VsockPacket.RESPONSE -> answered();
      case VsockPacket.RST -> {
        gone();
        yield true;
      }
      case VsockPacket.SHUTDOWN -> shut(p.flags());
      case VsockPacket.RW -> data(p);
      case VsockPacket.CREDIT_UPDATE -> true;
      case VsockPacket.CREDIT_REQUEST -> {
        owe(CREDIT);
        yield true;
      }
      default -> false;
    };
  }

  private void credit(VsockPacket p) {
    guestWindow = p.buffer();
    guestForwarded = p.forwarded();
    wanting &= room() == 0;
  }

  /** Bytes that the guest can take. */
  private long room() {
    long onTheWay = Integer.toUnsignedLong(sent - guestForwarded);
    return Math.max(0, Integer.toUnsignedLong(guestWindow) - onTheWay);
  }

  private boolean answered() throws IOException {
    boolean expected = stage == Stage.ASKING;
    if (expected) {
      stage = Stage.OPEN;
      patience.cancel();
      far.answered();
    }
    return expected;
  }

  private boolean shut(int flags) throws IOException {
    guestSilent |= (flags & VsockPacket.NO_SEND) != 0;
    if ((flags & VsockPacket.NO_RECEIVE) != 0 && !guestDeaf) {
      guestDeaf = true;
      dropData();
    }
    if (stage == Stage.OPEN) {
      far.arrived();
    }
    return true;
  }

  /** What is in the ring to the guest, nobody wants. */
  private void dropData() {
    int bytes = toGuest.size();
    toGuest.drop(bytes);
    far.given(bytes);
  }

  private boolean data(VsockPacket p) throws IOException {
    int bytes = p.length();
    boolean fits = received - forwarded + bytes <= window;
    if (stage != Stage.OPEN || guestSilent || !fits) {
      return false;
    }
    received += bytes;
    int direct =
        farDeaf
            ? bytes
            : fromGuest.size() == 0 ? far.take(p.bytes(), VsockPacket.HEADER, bytes) : 0;
    forwarded(direct);
    int rest = bytes - direct;
    if (rest > 0) {
      if (!fromGuest.reserve(fromGuest.size() + rest)) {
        return false;
      }
      fromGuest.put(fromGuest.size(), p.bytes(), VsockPacket.HEADER + direct, rest);
      fromGuest.extend(rest);
      far.arrived();
    }
    return true;
  }

  // ------------------------------------------------------------ what the other side says

  /** It has taken so many of the guest's bytes. */
  void forwarded(int bytes) {
    forwarded += bytes;
    if (bytes > 0 && forwarded - told >= window / 2) {
      owed |= CREDIT;
    }
    queue();
  }

  /** It has agreed to the stream. */
  void accepted() {
    if (stage == Stage.ASKED) {
      stage = Stage.OPEN;
      patience.cancel();
      owe(ANSWER);
    }
  }

  /** It says nothing more; what it has said is in the ring. */
  void farSilent() {
    farSilent = true;
    queue();
  }

  /** It is gone; what it has said is in the ring. */
  void farGone() {
    farDeaf = true;
    forwarded(fromGuest.size());
    fromGuest.clear();
    farSilent();
  }

  // ------------------------------------------------------------ what the guest is told

  /** Tells the guest what it is owed, as far as it has room. */
  void flush() {
    queued = false;
    if (stage == Stage.CLOSED || !tell(ASK, VsockPacket.REQUEST)) {
      return;
    }
    if (stage == Stage.OPEN && tell(ANSWER, VsockPacket.RESPONSE) && sendData()) {
      boolean ignored = tell(CREDIT, VsockPacket.CREDIT_UPDATE) && tellEnd();
    }
    if (guestSilent && guestDeaf && fromGuest.size() == 0) {
      reset(); // §5.10.6.6: so a clean end is acknowledged.
    }
  }

  private boolean tell(int what, int operation) {
    boolean done = (owed & what) == 0 || emit(operation, 0, 0);
    owed &= done ? ~what : -1;
    return done;
  }

  private boolean sendData() {
    while (toGuest.size() > 0 && !guestDeaf) {
      int bytes = (int) Math.min(Math.min(toGuest.size(), VsockPacket.MOST), room());
      if (bytes == 0) {
        owed |= wanting ? 0 : WANT_CREDIT;
        wanting = true;
        return tell(WANT_CREDIT, VsockPacket.CREDIT_REQUEST);
      }
      if (!emit(VsockPacket.RW, 0, bytes)) {
        return false;
      }
    }
    return true;
  }

  /** Says what the other side does not do any more, once the guest has all that it has said. */
  private boolean tellEnd() {
    int flags =
        (farSilent && toGuest.size() == 0 ? VsockPacket.NO_SEND : 0)
            | (farDeaf && farSilent && toGuest.size() == 0 ? VsockPacket.NO_RECEIVE : 0);
    if (flags == endTold || guestSilent && guestDeaf) {
      return true;
    }
    boolean done = emit(VsockPacket.SHUTDOWN, flags, 0);
    if (done) {
      endTold = flags;
      if (farDeaf) {
        patience.at(port.hub().loop().now() + PATIENCE);
      }
    }
    return done;
  }

  /** Sends a packet, with bytes of the ring as far as the guest's buffer takes them. */
  private boolean emit(int operation, int flags, int bytes) {
    VsockPacket packet = port.packet(operation, flags, flow);
    packet.credit(window, forwarded).length(bytes);
    if (bytes > 0) {
      toGuest.copy(0, packet.bytes(), VsockPacket.HEADER, bytes);
    }
    boolean done = port.offer(packet, this);
    if (done) {
      told = forwarded;
      owed &= ~CREDIT;
      int given = packet.length();
      if (given > 0) {
        sent += given;
        toGuest.drop(given);
        far.given(given);
      }
    }
    return done;
  }

  // ------------------------------------------------------------ its end

  /** Ends it, and tells the guest that it has ended, if it knows of it. */
  void reset() {
    if (stage != Stage.CLOSED) {
      if ((owed & ASK) == 0) {
        port.reject(flow);
      }
      gone();
    }
  }

  /** The guest does not know of it any more. */
  void gone() {
    if (stage == Stage.CLOSED) {
      return;
    }
    boolean all = stage == Stage.OPEN && guestSilent;
    stage = Stage.CLOSED;
    patience.drop();
    toGuest.clear();
    if (!all) {
      fromGuest.clear();
    }
    port.remove(this);
    far.end(all);
  }
}
