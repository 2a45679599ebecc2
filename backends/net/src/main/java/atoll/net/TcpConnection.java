package atoll.net;

import atoll.device.spi.NetFrame;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * A guest's TCP connection (RFC 9293) on one side, and a socket of the host on the other. What one
 * side says is acknowledged when it is in the ring towards the other, and no more is read from a
 * side than its ring takes: so each end feels the other's pace. Congestion is none of this link's
 * worries, but losses are: a guest may drop what it cannot take.
 *
 * <p>Longer than files here are: what is sent and what is received share one set of numbers, and
 * one state.
 */
final class TcpConnection implements NetworkLoop.Ready, NetworkPort.Sender {
  private static final long MILLISECOND = 1_000_000;

  /** How long an answer may take to carry the acknowledgment of what it answers. */
  private static final long DELAY = 20 * MILLISECOND;

  /** How long the host may take to connect. */
  private static final long CONNECT_LIMIT = 75_000 * MILLISECOND;

  /** How long the last acknowledgment can be repeated. */
  private static final long LINGER = 2_000 * MILLISECOND;

  private static final int MOST_TRIES = 12;
  private static final int MOST_SYN_TRIES = 5;
  private static final int SHIFT = 4;
  private static final int MOST_WINDOW = 65_535;
  private static final int MOST_PACKET = 65_535;
  private static final int DUPLICATES = 3; // RFC 5681, §3.2
  private static final int CHECKSUM = 16;
  private static final int FRAMES_AT_ONCE = 16;
  private static final int READS_AT_ONCE = 4;
  private static final int OPTIONS_MSS = 0x0204_0000;
  private static final int OPTIONS_SCALE = 0x0103_0300 | SHIFT;

  private final TcpNat nat;
  private final Flow flow;
  private final IpAddress guest;
  private final IpAddress peer;
  private final Neighbour neighbour;
  private final SocketChannel channel;
  private final ByteRing toGuest;
  private final ByteRing toHost;
  private final TcpGaps gaps = new TcpGaps();
  private final TcpTimer timer = new TcpTimer();
  private final Alarms.Alarm retransmit;
  private final Alarms.Alarm delayed;
  private SelectionKey key;
  private int interest;

  private Stage stage;
  private long used;

  /** Which of the interfaces that its port has had it belongs to. */
  private final int life;

  // Towards the guest (RFC 9293, §3.3.1: SND.UNA, SND.NXT, and the highest that was ever sent).
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
  private boolean hostEnded;
  private boolean finSent;
  private boolean finAcknowledged;

  // From the guest (RCV.NXT, and the first number beyond the window).
  private int expected;
  private int edge;
  private int lastAcknowledged;
  private boolean scaled;
  private boolean guestEnded;
  private boolean outputShut;
  private boolean acknowledge;

  /** The last to speak were we: what the guest says now will be answered soon. */
  private boolean conversing;

  /** It is to be flushed at the end of the turn. */
  private boolean queued;

  /** There was no memory to read into. */
  private boolean starved;

  /** How far it is. */
  private enum Stage {
    /** The host connects for a guest's SYN. */
    CONNECTING,
    /** The guest was sent a SYN, for a connection from outside. */
    SYN_SENT,
    /** The guest's SYN was answered. */
    SYN_RECEIVED,
    OPEN,
    /** Both have ended; the last acknowledgment may have to be repeated. */
    LINGERING,
    CLOSED
  }

  private TcpConnection(
      TcpNat nat, Flow flow, Neighbour neighbour, SocketChannel channel, Stage stage) {
    this.nat = nat;
    this.flow = flow;
    guest = flow.guest();
    peer = flow.peer();
    this.neighbour = neighbour;
    this.channel = channel;
    this.stage = stage;
    toGuest = new ByteRing(nat.pool(), neighbour.port());
    toHost = new ByteRing(nat.pool(), neighbour.port());
    retransmit = nat.loop().alarms().make(this::expired);
    delayed = nat.loop().alarms().make(this::acknowledgeNow);
    unacknowledged = nat.firstNumber();
    next = unacknowledged;
    highest = next;
    used = nat.loop().now();
    life = neighbour.port().life();
  }

  /** One that a guest asks for by a SYN; the host connects. */
  static TcpConnection outgoing(
      TcpNat nat, Flow flow, Neighbour neighbour, SocketChannel channel, TcpSegment syn) {
    var made = new TcpConnection(nat, flow, neighbour, channel, Stage.CONNECTING);
    made.begin(syn);
    made.retransmit.at(nat.loop().now() + CONNECT_LIMIT);
    return made;
  }

  /** One that somebody has made to a port of the host. */
  static TcpConnection incoming(TcpNat nat, Flow flow, Neighbour neighbour, SocketChannel channel) {
    return new TcpConnection(nat, flow, neighbour, channel, Stage.SYN_SENT);
  }

  /** The socket is known to the loop. */
  void registered(SelectionKey registered) {
    key = registered;
    if (stage == Stage.SYN_SENT) {
      scaled = true;
      mss = usualMss();
      sendSyn();
    }
    watch();
  }

  Flow flow() {
    return flow;
  }

  Neighbour neighbour() {
    return neighbour;
  }

  /** The number of the guest's SYN. */
  int guestsSyn() {
    return expected - 1;
  }

  /** Whether it was made by an interface that is no longer in its port. */
  boolean orphaned() {
    return life != neighbour.port().life();
  }

  boolean lingering() {
    return stage == Stage.LINGERING;
  }

  /** When something was last heard from the guest. */
  long used() {
    return used;
  }

  private int usualMss() {
    return guest.isV4() ? TcpSegment.USUAL_MSS_V4 : TcpSegment.USUAL_MSS_V6;
  }

  /** What a SYN of the guest's says. */
  private void begin(TcpSegment syn) {
    expected = syn.sequence + 1;
    edge = expected;
    lastAcknowledged = expected;
    mss = Math.min(syn.mss, nat.mss(guest.isV4()));
    scaled = syn.shift != TcpSegment.UNSCALED;
    windowShift = scaled ? syn.shift : 0;
    window = syn.window;
    windowSequence = syn.sequence;
  }

  // ------------------------------------------------------------ the host's side

  @Override
  public void ready() {
    try {
      if (stage == Stage.CONNECTING) {
        connected();
        return;
      }
      if (key.isWritable()) {
        push();
      }
      if (stage == Stage.OPEN && key.isValid() && key.isReadable()) {
        pull();
      }
      queue();
    } catch (IOException e) {
      failed(e);
    }
  }

  /** The host has connected, perhaps at once. */
  void connected() throws IOException {
    if (channel.finishConnect()) {
      retransmit.cancel();
      nat.settled(this);
      stage = Stage.SYN_RECEIVED;
      sendSyn();
      watch();
    }
  }

  /** The host could not connect, or the connection is lost: the guest is told which. */
  void failed(IOException e) {
    if (stage == Stage.CONNECTING) {
      if (!nat.unreachable(this, e)) {
        reset(0, TcpSegment.RST | TcpSegment.ACK);
      }
    } else if (stage != Stage.LINGERING) {
      reset(next, TcpSegment.RST | TcpSegment.ACK);
    }
    close();
  }

  private void pull() throws IOException {
    for (int n = 0; n < READS_AT_ONCE && toGuest.size() < limit(); n++) {
      int got = toGuest.read(channel, limit());
      if (got == ByteRing.NO_MEMORY) {
        starve();
      }
      hostEnded |= got == -1;
      if (got <= 0) {
        return;
      }
    }
  }

  /** Reads no more until others give memory back, or the guest takes what this has. */
  private void starve() {
    starved = true;
    if (toGuest.size() == 0) {
      nat.starving(this);
    }
  }

  private int limit() {
    return nat.share(neighbour.port());
  }

  /** There is memory again. */
  void feed() {
    starved = false;
    watch();
  }

  /** What the guest has said goes on to the host. */
  private void push() throws IOException {
    toHost.write(channel);
    if (guestEnded && toHost.size() == 0 && !outputShut) {
      outputShut = true;
      SocketChannel ignored = channel.shutdownOutput();
    }
  }

  /** Asks the loop for what can be done. */
  private void watch() {
    int wanted =
        switch (stage) {
          case CONNECTING -> SelectionKey.OP_CONNECT;
          case OPEN ->
              (!hostEnded && !starved && toGuest.size() < limit() ? SelectionKey.OP_READ : 0)
                  | (toHost.size() > 0 ? SelectionKey.OP_WRITE : 0);
          default -> 0;
        };
    if (wanted != interest && key.isValid()) {
      interest = wanted;
      SelectionKey ignored = key.interestOps(wanted);
    }
  }

  // ------------------------------------------------------------ what the guest says

  /** Takes a segment (RFC 9293, §3.10.7). */
  void segment(TcpSegment s) {
    used = nat.loop().now();
    switch (stage) {
      case CONNECTING -> {
        if (s.has(TcpSegment.RST) && s.sequence == expected) {
          close();
        }
      }
      case SYN_SENT -> answered(s);
      case SYN_RECEIVED, OPEN, LINGERING -> received(s);
      case CLOSED -> {}
    }
  }

  /** §3.10.7.3. */
  private void answered(TcpSegment s) {
    boolean ours = s.has(TcpSegment.ACK) && s.acknowledged == next;
    if (s.has(TcpSegment.RST)) {
      if (ours) {
        abort();
      }
    } else if (s.has(TcpSegment.ACK) && !ours) {
      nat.reject(s, neighbour, guest, peer);
    } else if (s.has(TcpSegment.SYN) && ours) {
      begin(s);
      windowAcknowledged = s.acknowledged;
      edge = expected + Math.min(MOST_WINDOW, limit()); // As our own SYN has said.
      unacknowledged = next;
      open();
      acknowledge = true;
      queue();
    }
  }

  private void open() {
    retransmit.cancel();
    timer.acknowledged(next, nat.loop().now());
    stage = Stage.OPEN;
    watch();
  }

  /** §3.10.7.4. */
  private void received(TcpSegment s) {
    int offset = s.sequence - expected;
    if (s.has(TcpSegment.RST)) {
      reset(offset);
      return;
    }
    if (s.has(TcpSegment.SYN)) {
      if (stage == Stage.SYN_RECEIVED && offset == -1) {
        sendSyn();
      } else {
        acknowledgeNow(); // RFC 5961, §4
      }
      return;
    }
    boolean beyond = offset > 0 && offset >= Math.max(1, edge - expected);
    if (!s.has(TcpSegment.ACK) || beyond || s.acknowledged - highest > 0) {
      acknowledgeNow();
      return;
    }
    acknowledged(s);
    if (stage != Stage.CLOSED) {
      accept(s, offset);
      queue();
    }
  }

  /** RFC 5961, §3: only the exact number ends a connection. */
  private void reset(int offset) {
    if (offset == 0) {
      abort();
    } else if (offset > 0 && offset < edge - expected) {
      acknowledgeNow();
    }
  }

  private void acknowledged(TcpSegment s) {
    int news = s.acknowledged - unacknowledged;
    timer.alive();
    if (stage == Stage.SYN_RECEIVED && news > 0) {
      unacknowledged++;
      news--;
      open();
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
    int data = Math.min(news, toGuest.size());
    toGuest.drop(data);
    starved &= data == 0;
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
    timer.acknowledged(number, nat.loop().now());
    retransmit.cancel();
    arm();
  }

  /** RFC 5681, §3.2: the third repetition says that something is missing. */
  private void repeated(TcpSegment s) {
    boolean same = ((long) s.window << windowShift) == window && s.span() == 0;
    if (next != unacknowledged && same && !probing && ++duplicates == DUPLICATES) {
      timer.stop();
      int bytes = Math.min(toGuest.size(), mss);
      boolean ignored = bytes > 0 && emit(unacknowledged, TcpSegment.ACK, 0, bytes);
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

  /** Takes the data, as far as they are new and there is room. */
  private void accept(TcpSegment s, int offset) {
    int skip = Math.max(0, -offset);
    int at = Math.max(0, offset);
    int length = Math.min(s.length - skip, edge - expected - at);
    boolean whole = length == s.length - skip;
    if (s.span() == 0) {
      acknowledge |= offset < 0; // Asks whether we are there, or have room.
      return;
    }
    if (guestEnded || length < 0 || length == 0 && s.length > 0) {
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
    int behind = toHost.size() + at;
    if (length > 0 && toHost.reserve(behind + length) && gaps.add(at, at + length)) {
      toHost.put(behind, s.bytes, s.data + skip, length);
    }
    toHost.keep(gaps.any());
  }

  /** Returns how many bytes are known now, those behind a closed gap included. */
  private int deliver(TcpSegment s, int skip, int length) {
    int direct = 0;
    if (toHost.size() == 0 && !gaps.any()) {
      direct = write(s, skip, length);
    }
    int rest = length - direct;
    if (rest > 0 && toHost.reserve(toHost.size() + rest)) {
      toHost.put(toHost.size(), s.bytes, s.data + skip + direct, rest);
      toHost.extend(rest);
      direct = length;
    }
    int more = gaps.advance(direct);
    toHost.extend(more);
    toHost.keep(gaps.any());
    expected += direct + more;
    schedule(s, direct + more);
    return direct;
  }

  /** Straight to the host, without a copy, what it takes. */
  private int write(TcpSegment s, int skip, int length) {
    try {
      int from = s.data + skip;
      return channel.write(s.bytes.limit(from + length).position(from));
    } catch (IOException e) {
      failed(e);
      return length;
    } finally {
      s.bytes.clear();
    }
  }

  /** RFC 1122, §4.2.3.2: an acknowledgment may wait for an answer, but not for long. */
  private void schedule(TcpSegment s, int bytes) {
    boolean only = expected - lastAcknowledged == bytes;
    if (conversing && only && s.has(TcpSegment.PSH) && bytes == s.length) {
      delayed.at(nat.loop().now() + DELAY);
    } else {
      acknowledge = true;
    }
    conversing = false;
  }

  private void end() {
    guestEnded = true;
    expected++;
    acknowledge = true;
  }

  // ------------------------------------------------------------ what the guest is told

  private void acknowledgeNow() {
    acknowledge = true;
    queue();
  }

  /** Has it flushed at the end of the turn. */
  private void queue() {
    if (!queued && stage != Stage.CLOSED) {
      queued = true;
      nat.queue(this);
    }
  }

  @Override
  public void proceed() {
    queue();
  }

  /** Sends what there is to be sent. */
  void flush() {
    queued = false;
    try {
      if (stage == Stage.OPEN) {
        push();
        sendData();
        grow();
      }
      if (acknowledge && stage != Stage.CONNECTING && stage != Stage.CLOSED) {
        boolean ignored = emit(highest, TcpSegment.ACK, 0, 0);
      }
      if (stage == Stage.OPEN) {
        finish();
        watch();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  /** The window may have grown by enough to tell of it (RFC 9293, §3.8.6.2.2). */
  private void grow() {
    boolean small = edge - expected < Math.min(limit() / 4, MOST_WINDOW / 2);
    acknowledge |= small && windowEdge() - edge >= limit() / 4;
  }

  private void sendData() {
    for (int n = 0; n < FRAMES_AT_ONCE; n++) {
      int flight = next - unacknowledged;
      int unsent = toGuest.size() - flight;
      if (unsent < 0 || finSent) {
        break;
      }
      int part = (int) Math.min(Math.min(unsent, most()), Math.min(window, congestion) - flight);
      boolean silly = part < mss && part < unsent && flight > 0;
      if (part <= 0 || silly || toGuest.size() == 0) {
        break;
      }
      boolean last = part == unsent;
      if (!emit(next, TcpSegment.ACK | (last ? TcpSegment.PSH : 0), flight, part)) {
        return;
      }
      advance(part);
      conversing = true;
    }
    if (hostEnded && !finSent && next - unacknowledged == toGuest.size()) {
      finSent = emit(next, TcpSegment.ACK | TcpSegment.FIN, 0, 0);
      advance(finSent ? 1 : 0);
    }
    arm();
  }

  /** Bytes of data in the longest segment that the guest takes. */
  private int most() {
    boolean v4 = guest.isV4();
    int headers = TcpSegment.HEADER + (v4 ? IpPacket.IPV4_HEADER : 0);
    return neighbour.port().takesSegments(!v4) ? (MOST_PACKET - headers) / mss * mss : mss;
  }

  private void advance(int numbers) {
    next += numbers;
    if (next - highest > 0) {
      timer.sent(next, nat.loop().now());
      highest = next;
    }
  }

  /** Waits for an answer if one is due, or asks for room some time if there is none. */
  private void arm() {
    boolean due = next != unacknowledged || window == 0 && (toGuest.size() > 0 || hostEnded);
    if (due && !finAcknowledged) {
      if (!retransmit.set()) {
        retransmit.at(nat.loop().now() + timer.timeout());
      }
    } else if (stage == Stage.OPEN) {
      retransmit.cancel();
    }
  }

  private void expired() {
    switch (stage) {
      case CONNECTING -> {
        reset(0, TcpSegment.RST | TcpSegment.ACK);
        abort();
      }
      case SYN_SENT, SYN_RECEIVED -> {
        timer.expired();
        if (timer.tries() > MOST_SYN_TRIES) {
          abort();
        } else {
          next = unacknowledged;
          sendSyn();
        }
      }
      case OPEN -> sendAgain();
      case LINGERING -> close();
      case CLOSED -> {}
    }
  }

  private void sendAgain() {
    timer.expired();
    if (timer.tries() > MOST_TRIES) {
      reset(next, TcpSegment.RST | TcpSegment.ACK);
      abort();
      return;
    }
    boolean closed = window == 0;
    next = unacknowledged;
    finSent = false;
    congestion = mss;
    duplicates = 0;
    if (closed && toGuest.size() > 0) {
      probing = emit(next, TcpSegment.ACK, 0, 1); // RFC 9293, §3.8.6.1
      advance(probing ? 1 : 0);
    }
    retransmit.at(nat.loop().now() + timer.timeout());
    queue();
  }

  private void sendSyn() {
    boolean answer = stage == Stage.SYN_RECEIVED;
    if (emit(unacknowledged, TcpSegment.SYN | (answer ? TcpSegment.ACK : 0), 0, 0)) {
      next = unacknowledged;
      advance(1);
    } else {
      next = unacknowledged + 1;
      highest = next;
    }
    retransmit.at(nat.loop().now() + timer.timeout());
  }

  /** Both sides have ended: only the last acknowledgment may still have to be repeated. */
  private void finish() throws IOException {
    if (outputShut && finAcknowledged) {
      stage = Stage.LINGERING;
      key.cancel();
      channel.close();
      delayed.drop();
      retransmit.at(nat.loop().now() + LINGER);
    }
  }

  /** What the window's edge could be. */
  private int windowEdge() {
    int most = scaled ? MOST_WINDOW << SHIFT : MOST_WINDOW;
    return expected + Math.max(0, Math.min(limit(), most) - toHost.size());
  }

  /** What the guest may send, as its header says it; what was promised is never taken back. */
  private int window(boolean syn) {
    int wished = windowEdge();
    if (wished - edge >= Math.min(2 * mss, limit() / 2)) {
      edge = wished;
    }
    int shift = scaled && !syn ? SHIFT : 0;
    int field = Math.min(Math.max(0, edge - expected) >>> shift, MOST_WINDOW);
    edge = syn ? expected + field : edge;
    return field;
  }

  /** Sends bytes of the ring; false if the guest has no room. */
  private boolean emit(int sequence, int flags, int from, int length) {
    boolean syn = (flags & TcpSegment.SYN) != 0;
    int header = TcpSegment.HEADER + (syn ? scaled ? 8 : 4 : 0);
    PacketWriter writer = nat.writer();
    int at = writer.begin(neighbour.mac(), peer, guest, IpPacket.TCP);
    ByteBuffer bytes = writer.bytes();
    fill(bytes, at, sequence, flags, header);
    bytes.putShort(at + 14, (short) window(syn));
    if (syn) {
      bytes.putInt(at + TcpSegment.HEADER, OPTIONS_MSS | nat.mss(guest.isV4()));
      bytes.putInt(at + TcpSegment.HEADER + 4, OPTIONS_SCALE);
    }
    if (length > 0) {
      toGuest.copy(from, bytes, at + header, length);
    }
    boolean sent = neighbour.port().offer(finished(writer, at, header, length), this);
    if (sent && (flags & TcpSegment.ACK) != 0) {
      acknowledge = false;
      lastAcknowledged = expected;
      delayed.cancel();
    }
    return sent;
  }

  private void fill(ByteBuffer bytes, int at, int sequence, int flags, int header) {
    bytes.putInt(at, flow.peerPort() << 16 | flow.guestPort());
    bytes.putInt(at + 4, sequence);
    bytes.putInt(at + 8, (flags & TcpSegment.ACK) != 0 ? expected : 0);
    bytes.putShort(at + 12, (short) (header << 10 | flags));
    bytes.putShort(at + 14, (short) 0);
    bytes.putInt(at + CHECKSUM, 0);
  }

  private NetFrame finished(PacketWriter writer, int at, int header, int length) {
    NetFrame frame = writer.end(header + length);
    long pseudo = writer.pseudo(peer, guest, header + length);
    if (neighbour.port().takesPartialChecksums()) {
      writer.bytes().putShort(at + CHECKSUM, (short) Checksum.fold(pseudo));
      frame.checksumMissing(at, CHECKSUM);
      if (length > mss) {
        frame.segments(mss, !guest.isV4());
      }
    } else {
      long sum = pseudo + Checksum.sum(writer.bytes(), at, header + length);
      writer.bytes().putShort(at + CHECKSUM, Checksum.of(sum));
    }
    return frame;
  }

  /** Tells the guest that there is no connection. */
  private void reset(int sequence, int flags) {
    PacketWriter writer = nat.writer();
    int at = writer.begin(neighbour.mac(), peer, guest, IpPacket.TCP);
    fill(writer.bytes(), at, sequence, flags, TcpSegment.HEADER);
    neighbour.port().send(finished(writer, at, TcpSegment.HEADER, 0));
  }

  /** Ends it so that the host's peer sees a reset, too. */
  void abort() {
    try {
      if (channel.isOpen()) {
        SocketChannel ignored = channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException | UnsupportedOperationException e) {
      // Then the peer sees an end.
    }
    close();
  }

  /** Forgets it, and gives back what it has. */
  void close() {
    if (stage == Stage.CLOSED) {
      return;
    }
    if (stage == Stage.CONNECTING) {
      nat.settled(this);
    }
    stage = Stage.CLOSED;
    retransmit.drop();
    delayed.drop();
    gaps.clear();
    toHost.keep(false);
    toGuest.clear();
    toHost.clear();
    if (key != null) {
      key.cancel();
    }
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
    nat.remove(this);
  }
}
