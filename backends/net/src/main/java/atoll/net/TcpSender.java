package atoll.net;

/**
 * What a connection sends its guest, and how much of it the guest is known to have (RFC 9293,
 * §3.3.1: SND). Congestion is none of this link's worries, but losses are: a guest may drop what it
 * cannot take.
 */
final class TcpSender {
  private static final int MOST_TRIES = 12;
  private static final int MOST_SYN_TRIES = 5;
  private static final int MOST_PACKET = 65_535;
  private static final int DUPLICATES = 3; // RFC 5681, §3.2
  private static final int FRAMES_AT_ONCE = 16;

  private final TcpConnection connection;
  private final NetworkLoop loop;
  private final Alarms.Alarm retransmit;
  private final ByteRing ring;
  private final TcpTimer timer = new TcpTimer();

  // SND.UNA, SND.NXT, and the highest that was ever sent.
  private int unacknowledged;
  private int next;
  private int highest;
  private int mss;
  private long window;
  private int windowShift;
  private int windowSequence;
  private int windowAcknowledged;
  private long congestion = Long.MAX_VALUE;
  private int duplicates;
  private boolean probing;

  /** Nothing comes behind what is in the ring. */
  private boolean ended;

  private boolean finSent;
  private boolean finAcknowledged;

  /**
   * @param first the number of the SYN
   * @param ring what is to be sent, and what was sent and may have to be again
   * @param retransmit has {@link TcpConnection} look at what nobody has answered
   */
  TcpSender(
      TcpConnection connection,
      NetworkLoop loop,
      int first,
      ByteRing ring,
      Alarms.Alarm retransmit) {
    this.connection = connection;
    this.loop = loop;
    this.ring = ring;
    this.retransmit = retransmit;
    unacknowledged = first;
    next = first;
    highest = first;
  }

  /** What a SYN of the guest's says. */
  void begin(TcpSegment syn, int mostSize) {
    mss = Math.min(syn.mss, mostSize);
    windowShift = syn.shift != TcpSegment.UNSCALED ? syn.shift : 0;
    window = syn.window;
    windowSequence = syn.sequence;
  }

  /** The guest has answered our SYN. */
  void answered(TcpSegment s) {
    windowAcknowledged = s.acknowledged;
    unacknowledged = next;
  }

  /** Both sides have heard each other's SYN. */
  void opened() {
    retransmit.cancel();
    timer.acknowledged(next, loop.now());
  }

  ByteRing ring() {
    return ring;
  }

  /** Bytes of data in a segment, for as long as the guest has not said what it takes. */
  void size(int bytes) {
    mss = bytes;
  }

  int mss() {
    return mss;
  }

  int next() {
    return next;
  }

  int highest() {
    return highest;
  }

  /** What the host has said has come to its end. */
  void end() {
    ended = true;
  }

  boolean ended() {
    return ended;
  }

  /** Whether the guest has everything, the end included. */
  boolean done() {
    return finAcknowledged;
  }

  /** Whether a segment acknowledges something new. */
  boolean isNews(TcpSegment s) {
    return s.acknowledged - unacknowledged > 0;
  }

  // ------------------------------------------------------------ what the guest says

  /**
   * Takes what a segment says of what was sent (RFC 9293, §3.10.7.4).
   *
   * @param opens whether it answers our SYN
   */
  void acknowledged(TcpSegment s, boolean opens) {
    int news = s.acknowledged - unacknowledged;
    timer.alive();
    if (opens) {
      unacknowledged++;
      news--;
      connection.open();
      windowSequence = s.sequence;
      window = (long) s.window << windowShift;
    }
    if (news > 0) {
      progress(s.acknowledged, news);
    } else if (news == 0) {
      repeated(s);
    }
    updateWindow(s);
  }

  private void progress(int number, int news) {
    int data = Math.min(news, ring.size());
    ring.drop(data);
    if (data > 0) {
      connection.hasRoom();
    }
    finAcknowledged |= news > data;
    unacknowledged = number;
    if (next - unacknowledged < 0) {
      next = unacknowledged;
    }
    duplicates = 0;
    probing = false;
    if (congestion != Long.MAX_VALUE) {
      congestion += news;
      congestion = congestion > BufferPool.LARGEST ? Long.MAX_VALUE : congestion;
    }
    timer.acknowledged(number, loop.now());
    retransmit.cancel();
    arm();
  }

  /** RFC 5681, §3.2: the third repetition says that something is missing. */
  private void repeated(TcpSegment s) {
    boolean same = ((long) s.window << windowShift) == window && s.span() == 0;
    if (next != unacknowledged && same && !probing && ++duplicates == DUPLICATES) {
      timer.stop();
      int bytes = Math.min(ring.size(), mss);
      boolean ignored = bytes > 0 && connection.emit(unacknowledged, TcpSegment.ACK, 0, bytes);
    }
  }

  private void updateWindow(TcpSegment s) {
    int newer = s.sequence - windowSequence;
    if (newer > 0 || newer == 0 && s.acknowledged - windowAcknowledged >= 0) {
      window = (long) s.window << windowShift;
      windowSequence = s.sequence;
      windowAcknowledged = s.acknowledged;
      if (window > 0 && probing && s.acknowledged == unacknowledged) {
        probing = false;
        timer.opened();
        next = unacknowledged; // The guest has dropped what it was asked with.
      }
    }
  }

  // ------------------------------------------------------------ what the guest is told

  /**
   * Sends what the guest takes.
   *
   * @return whether any data were sent
   */
  boolean sendData() {
    boolean sent = false;
    for (int n = 0; n < FRAMES_AT_ONCE; n++) {
      int flight = next - unacknowledged;
      int unsent = ring.size() - flight;
      if (unsent < 0 || finSent) {
        break;
      }
      int part = (int) Math.min(Math.min(unsent, most()), Math.min(window, congestion) - flight);
      boolean silly = part < mss && part < unsent && flight > 0;
      if (part <= 0 || silly || ring.size() == 0) {
        break;
      }
      boolean last = part == unsent;
      int flags = TcpSegment.ACK | (last ? TcpSegment.PSH : 0);
      if (!connection.emit(next, flags, flight, part)) {
        return sent;
      }
      advance(part);
      sent = true;
    }
    if (ended && !finSent && next - unacknowledged == ring.size()) {
      finSent = connection.emit(next, TcpSegment.ACK | TcpSegment.FIN, 0, 0);
      advance(finSent ? 1 : 0);
    }
    arm();
    return sent;
  }

  /** Bytes of data in the longest segment that the guest takes. */
  private int most() {
    int headers = TcpSegment.HEADER + (connection.isV4() ? IpPacket.IPV4_HEADER : 0);
    return connection.takesSegments() ? (MOST_PACKET - headers) / mss * mss : mss;
  }

  private void advance(int numbers) {
    next += numbers;
    if (next - highest > 0) {
      timer.sent(next, loop.now());
      highest = next;
    }
  }

  /** Waits for an answer if one is due, or asks for room some time if there is none. */
  private void arm() {
    boolean due = next != unacknowledged || window == 0 && (ring.size() > 0 || ended);
    if (due && !finAcknowledged) {
      if (!retransmit.set()) {
        retransmit.at(loop.now() + timer.timeout());
      }
    } else if (connection.isOpen()) {
      retransmit.cancel();
    }
  }

  /** Begins anew with what nobody has acknowledged; false if that was tried often enough. */
  boolean sendAgain() {
    timer.expired();
    if (timer.tries() > MOST_TRIES) {
      return false;
    }
    boolean closed = window == 0;
    next = unacknowledged;
    finSent = false;
    congestion = mss;
    duplicates = 0;
    if (closed && ring.size() > 0) {
      probing = connection.emit(next, TcpSegment.ACK, 0, 1); // RFC 9293, §3.8.6.1
      advance(probing ? 1 : 0);
    }
    retransmit.at(loop.now() + timer.timeout());
    return true;
  }

  /** The same with the SYN. */
  boolean sendSynAgain(boolean answer) {
    timer.expired();
    if (timer.tries() > MOST_SYN_TRIES) {
      return false;
    }
    next = unacknowledged;
    sendSyn(answer);
    return true;
  }

  /**
   * Sends a SYN.
   *
   * @param answer whether to the guest's
   */
  void sendSyn(boolean answer) {
    int flags = TcpSegment.SYN | (answer ? TcpSegment.ACK : 0);
    if (connection.emit(unacknowledged, flags, 0, 0)) {
      next = unacknowledged;
      advance(1);
    } else {
      next = unacknowledged + 1;
      highest = next;
    }
    retransmit.at(loop.now() + timer.timeout());
  }
}
