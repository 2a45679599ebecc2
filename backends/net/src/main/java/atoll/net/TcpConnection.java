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
 * side than its ring takes: so each end feels the other's pace. {@link TcpSender} knows what the
 * guest has, and {@link TcpReceiver} what it has said; this, how far the connection is.
 */
final class TcpConnection implements NetworkLoop.Ready, NetworkPort.Sender {
  private static final long MILLISECOND = 1_000_000;

  /** How long the host may take to connect. */
  private static final long CONNECT_LIMIT = 75_000 * MILLISECOND;

  /** How long the last acknowledgment can be repeated. */
  private static final long LINGER = 2_000 * MILLISECOND;

  private static final int CHECKSUM = 16;
  private static final int READS_AT_ONCE = 4;
  private static final int OPTIONS_MSS = 0x0204_0000;
  private static final int OPTIONS_SCALE = 0x0103_0300 | TcpReceiver.SHIFT;

  private final TcpNat nat;
  private final Flow flow;
  private final IpAddress guest;
  private final IpAddress peer;
  private final Neighbour neighbour;
  private final SocketChannel channel;
  private final TcpSender sender;
  private final TcpReceiver receiver;
  private final Alarms.Alarm retransmit;
  private SelectionKey key;
  private int interest;

  private Stage stage;
  private long used;

  /** Which of the interfaces that its port has had it belongs to. */
  private final int life;

  private boolean outputShut;

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
    NetworkLoop loop = nat.loop();
    retransmit = loop.alarms().make(this::expired);
    ByteRing toGuest = new ByteRing(nat.pool(), neighbour.port());
    sender = new TcpSender(this, loop, nat.firstNumber(), toGuest, retransmit);
    receiver = new TcpReceiver(this, loop, new ByteRing(nat.pool(), neighbour.port()));
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
      receiver.offerScale();
      sender.size(isV4() ? TcpSegment.USUAL_MSS_V4 : TcpSegment.USUAL_MSS_V6);
      sender.sendSyn(false);
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
    return receiver.expected() - 1;
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

  boolean isV4() {
    return guest.isV4();
  }

  /** Whether both sides have heard each other, and not all has been said. */
  boolean isOpen() {
    return stage == Stage.OPEN;
  }

  /** Whether the guest takes segments that are longer than its link carries. */
  boolean takesSegments() {
    return neighbour.port().takesSegments(!isV4());
  }

  /** What a SYN of the guest's says. */
  private void begin(TcpSegment syn) {
    sender.begin(syn, nat.mss(isV4()));
    receiver.begin(syn);
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
      sender.sendSyn(true);
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
      reset(sender.next(), TcpSegment.RST | TcpSegment.ACK);
    }
    close();
  }

  private void pull() throws IOException {
    ByteRing ring = sender.ring();
    for (int n = 0; n < READS_AT_ONCE && ring.size() < limit(); n++) {
      int got = ring.read(channel, limit());
      if (got == ByteRing.NO_MEMORY) {
        starve();
      }
      if (got == -1) {
        sender.end();
      }
      if (got <= 0) {
        return;
      }
    }
  }

  /** Reads no more until others give memory back, or the guest takes what this has. */
  private void starve() {
    starved = true;
    if (sender.ring().size() == 0) {
      nat.starving(this);
    }
  }

  private int limit() {
    return nat.share(neighbour.port());
  }

  /** The guest has taken some of what there was for it. */
  void hasRoom() {
    starved = false;
  }

  /** There is memory again. */
  void feed() {
    starved = false;
    watch();
  }

  /** What the guest has said goes on to the host. */
  private void push() throws IOException {
    ByteRing ring = receiver.ring();
    ring.write(channel);
    if (receiver.ended() && ring.size() == 0 && !outputShut) {
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
              (!sender.ended() && !starved && sender.ring().size() < limit()
                      ? SelectionKey.OP_READ
                      : 0)
                  | (receiver.ring().size() > 0 ? SelectionKey.OP_WRITE : 0);
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
        if (s.has(TcpSegment.RST) && s.sequence == receiver.expected()) {
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
    boolean ours = s.has(TcpSegment.ACK) && s.acknowledged == sender.next();
    if (s.has(TcpSegment.RST)) {
      if (ours) {
        abort();
      }
    } else if (s.has(TcpSegment.ACK) && !ours) {
      nat.reject(s, neighbour, guest, peer);
    } else if (s.has(TcpSegment.SYN) && ours) {
      begin(s);
      receiver.answered(limit());
      sender.answered(s);
      open();
      queue();
    }
  }

  /** Both sides have heard each other. */
  void open() {
    sender.opened();
    stage = Stage.OPEN;
    watch();
  }

  /** §3.10.7.4. */
  private void received(TcpSegment s) {
    int offset = s.sequence - receiver.expected();
    if (s.has(TcpSegment.RST)) {
      reset(offset);
      return;
    }
    if (s.has(TcpSegment.SYN)) {
      if (stage == Stage.SYN_RECEIVED && offset == -1) {
        sender.sendSyn(true);
      } else {
        acknowledgeNow(); // RFC 5961, §4
      }
      return;
    }
    boolean beyond = receiver.isBeyond(offset);
    if (!s.has(TcpSegment.ACK) || beyond || s.acknowledged - sender.highest() > 0) {
      acknowledgeNow();
      return;
    }
    sender.acknowledged(s, stage == Stage.SYN_RECEIVED && sender.isNews(s));
    if (stage != Stage.CLOSED) {
      receiver.accept(s, offset);
      queue();
    }
  }

  /** RFC 5961, §3: only the exact number ends a connection. */
  private void reset(int offset) {
    if (offset == 0) {
      abort();
    } else if (offset > 0 && receiver.isInside(offset)) {
      acknowledgeNow();
    }
  }

  /** Straight to the host, without a copy, what it takes. */
  int write(TcpSegment s, int skip, int length) {
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

  // ------------------------------------------------------------ what the guest is told

  /** Has the guest told at the end of the turn what has come. */
  void acknowledgeNow() {
    receiver.acknowledge();
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
        if (sender.sendData()) {
          receiver.spoken();
        }
        receiver.grow(limit());
      }
      if (receiver.due() && stage != Stage.CONNECTING && stage != Stage.CLOSED) {
        boolean ignored = emit(sender.highest(), TcpSegment.ACK, 0, 0);
      }
      if (stage == Stage.OPEN) {
        finish();
        watch();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void expired() {
    switch (stage) {
      case CONNECTING -> {
        reset(0, TcpSegment.RST | TcpSegment.ACK);
        abort();
      }
      case SYN_SENT, SYN_RECEIVED -> {
        if (!sender.sendSynAgain(stage == Stage.SYN_RECEIVED)) {
          abort();
        }
      }
      case OPEN -> sendAgain();
      case LINGERING -> close();
      case CLOSED -> {}
    }
  }

  private void sendAgain() {
    if (sender.sendAgain()) {
      queue();
    } else {
      reset(sender.next(), TcpSegment.RST | TcpSegment.ACK);
      abort();
    }
  }

  /** Both sides have ended: only the last acknowledgment may still have to be repeated. */
  private void finish() throws IOException {
    if (outputShut && sender.done()) {
      stage = Stage.LINGERING;
      key.cancel();
      channel.close();
      receiver.quiet();
      retransmit.at(nat.loop().now() + LINGER);
    }
  }

  /** Sends bytes of the ring; false if the guest has no room. */
  boolean emit(int sequence, int flags, int from, int length) {
    boolean syn = (flags & TcpSegment.SYN) != 0;
    int header = TcpSegment.HEADER + (syn ? receiver.scaled() ? 8 : 4 : 0);
    PacketWriter writer = nat.writer();
    int at = writer.begin(neighbour.mac(), peer, guest, IpPacket.TCP);
    ByteBuffer bytes = writer.bytes();
    fill(bytes, at, sequence, flags, header);
    bytes.putShort(at + 14, (short) receiver.window(syn, limit(), sender.mss()));
    if (syn) {
      bytes.putInt(at + TcpSegment.HEADER, OPTIONS_MSS | nat.mss(guest.isV4()));
      bytes.putInt(at + TcpSegment.HEADER + 4, OPTIONS_SCALE);
    }
    if (length > 0) {
      sender.ring().copy(from, bytes, at + header, length);
    }
    boolean sent = neighbour.port().offer(finished(writer, at, header, length), this);
    if (sent && (flags & TcpSegment.ACK) != 0) {
      receiver.told();
    }
    return sent;
  }

  private void fill(ByteBuffer bytes, int at, int sequence, int flags, int header) {
    bytes.putInt(at, flow.peerPort() << 16 | flow.guestPort());
    bytes.putInt(at + 4, sequence);
    bytes.putInt(at + 8, (flags & TcpSegment.ACK) != 0 ? receiver.expected() : 0);
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
      if (length > sender.mss()) {
        frame.segments(sender.mss(), !guest.isV4());
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
    receiver.close();
    sender.ring().clear();
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
