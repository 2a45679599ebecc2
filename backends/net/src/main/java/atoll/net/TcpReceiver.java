package atoll.net;

/**
 * What a guest sends over a connection, and how much of it has been taken (RFC 9293, §3.3.1: RCV).
 */
final class TcpReceiver {
  /** By how many bits the window is shifted in a header. */
  static final int SHIFT = 4;

  /** The largest window that a header has room for. */
  static final int MOST_WINDOW = 65_535;

  /** How long an answer may take to carry the acknowledgment of what it answers. */
  private static final long DELAY = 20_000_000;

  private final TcpConnection connection;
  private final NetworkLoop loop;
  private final ByteRing ring;
  private final TcpGaps gaps = new TcpGaps();
  private final Alarms.Alarm delayed;

  // RCV.NXT, and the first number beyond the window.
  private int expected;
  private int edge;
  private int lastAcknowledged;
  private boolean scaled;
  private boolean ended;

  /** An acknowledgment is due. */
  private boolean acknowledge;

  /** The last to speak were we: what the guest says now will be answered soon. */
  private boolean conversing;

  /**
   * @param ring what the host does not take at once
   */
  TcpReceiver(TcpConnection connection, NetworkLoop loop, ByteRing ring) {
    this.connection = connection;
    this.loop = loop;
    this.ring = ring;
    delayed = loop.alarms().make(connection::acknowledgeNow);
  }

  /** What a SYN of the guest's says. */
  void begin(TcpSegment syn) {
    expected = syn.sequence + 1;
    edge = expected;
    lastAcknowledged = expected;
    scaled = syn.shift != TcpSegment.UNSCALED;
  }

  /** Our own SYN offers to shift windows. */
  void offerScale() {
    scaled = true;
  }

  boolean scaled() {
    return scaled;
  }

  /** The guest has answered our SYN, which has promised it so much. */
  void answered(int limit) {
    edge = expected + Math.min(MOST_WINDOW, limit);
    acknowledge = true;
  }

  ByteRing ring() {
    return ring;
  }

  int expected() {
    return expected;
  }

  /** Whether the guest says nothing more. */
  boolean ended() {
    return ended;
  }

  /** Whether so many numbers from the expected one on are in the window. */
  boolean isInside(int offset) {
    return offset < edge - expected;
  }

  /**
   * Whether nothing of a segment can be taken, which would also be the probe of a closed window.
   */
  boolean isBeyond(int offset) {
    return offset > 0 && offset >= Math.max(1, edge - expected);
  }

  // ------------------------------------------------------------ what the guest says

  /** Takes the data, as far as they are new and there is room. */
  void accept(TcpSegment s, int offset) {
    int skip = Math.max(0, -offset);
    int at = Math.max(0, offset);
    int length = Math.min(s.length - skip, edge - expected - at);
    boolean whole = length == s.length - skip;
    if (s.span() == 0) {
      acknowledge |= offset < 0; // Asks whether we are there, or have room.
      return;
    }
    if (ended || length < 0 || length == 0 && s.length > 0) {
      acknowledge = true; // Old, or beyond the window, or a probe of it.
      return;
    }
    if (at > 0) {
      early(s, skip, at, length);
      return;
    }
    int taken = deliver(s, skip, length);
    if (s.has(TcpSegment.FIN) && whole && taken >= length) {
      end();
    }
  }

  /** Keeps what has come before its turn; the guest learns at once what is missing. */
  private void early(TcpSegment s, int skip, int at, int length) {
    acknowledge = true;
    int behind = ring.size() + at;
    if (length > 0 && ring.reserve(behind + length) && gaps.add(at, at + length)) {
      ring.put(behind, s.bytes, s.data + skip, length);
    }
    ring.keep(gaps.any());
  }

  /** Returns how many bytes are known now, those behind a closed gap included. */
  private int deliver(TcpSegment s, int skip, int length) {
    int direct = 0;
    if (ring.size() == 0 && !gaps.any()) {
      direct = connection.write(s, skip, length);
    }
    int rest = length - direct;
    if (rest > 0 && ring.reserve(ring.size() + rest)) {
      ring.put(ring.size(), s.bytes, s.data + skip + direct, rest);
      ring.extend(rest);
      direct = length;
    }
    int more = gaps.advance(direct);
    ring.extend(more);
    ring.keep(gaps.any());
    expected += direct + more;
    schedule(s, direct + more);
    return direct;
  }

  /** RFC 1122, §4.2.3.2: an acknowledgment may wait for an answer, but not for long. */
  private void schedule(TcpSegment s, int bytes) {
    boolean only = expected - lastAcknowledged == bytes;
    if (conversing && only && s.has(TcpSegment.PSH) && bytes == s.length) {
      delayed.at(loop.now() + DELAY);
    } else {
      acknowledge = true;
    }
    conversing = false;
  }

  private void end() {
    ended = true;
    expected++;
    acknowledge = true;
  }

  // ------------------------------------------------------------ what the guest is told

  /** An acknowledgment is due. */
  void acknowledge() {
    acknowledge = true;
  }

  boolean due() {
    return acknowledge;
  }

  /** The guest was sent data, which it will answer. */
  void spoken() {
    conversing = true;
  }

  /** The guest was told what has come. */
  void told() {
    acknowledge = false;
    lastAcknowledged = expected;
    delayed.cancel();
  }

  /** The window may have grown by enough to tell of it (RFC 9293, §3.8.6.2.2). */
  void grow(int limit) {
    boolean small = edge - expected < Math.min(limit / 4, MOST_WINDOW / 2);
    acknowledge |= small && windowEdge(limit) - edge >= limit / 4;
  }

  /** What the window's edge could be. */
  private int windowEdge(int limit) {
    int most = scaled ? MOST_WINDOW << SHIFT : MOST_WINDOW;
    return expected + Math.max(0, Math.min(limit, most) - ring.size());
  }

  /**
   * What the guest may send, as its header says it; what was promised is never taken back.
   *
   * @param limit bytes that the ring may hold
   * @param mss of the guest's segments
   */
  int window(boolean syn, int limit, int mss) {
    int wished = windowEdge(limit);
    if (wished - edge >= Math.min(2 * mss, limit / 2)) {
      edge = wished;
    }
    int shift = scaled && !syn ? SHIFT : 0;
    int field = Math.min(Math.max(0, edge - expected) >>> shift, MOST_WINDOW);
    edge = syn ? expected + field : edge;
    return field;
  }

  /** Gives back what it has. */
  void close() {
    delayed.drop();
    gaps.clear();
    ring.keep(false);
    ring.clear();
  }

  /** Nothing more is taken. */
  void quiet() {
    delayed.drop();
  }
}
