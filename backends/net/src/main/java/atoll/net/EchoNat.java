package atoll.net;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The guests' echoes to the outside (RFC 5508). All guests share the host's sockets for them, and
 * those have identifiers of their own: which echo an answer is of, its sequence number says, which
 * is this network's and not the guest's.
 */
final class EchoNat {
  /** Echoes of a guest that may be unanswered; with one more, the oldest is forgotten. */
  static final int MOST = 256;

  /** How long an answer may take. */
  static final long PATIENCE = 30_000_000_000L;

  private static final int OUTCOMES_AT_ONCE = 64;
  private static final int HEADER = 8;
  private static final int IDENTIFIER = 4;
  private static final int SEQUENCE = 6;
  private static final int SEQUENCES = 1 << 16;

  // Which failures guests are told of (RFC 792; RFC 4443).
  private static final int UNREACHABLE_V4 = 3;
  private static final int EXPIRED_V4 = 11;
  private static final int UNREACHABLE_V6 = 1;
  private static final int MALFORMED_V6 = 4;

  private final UserGateway gateway;
  private final EchoHost host;
  private final Consumer<String> notices;
  private final Map<Integer, Echo> bySequence = new HashMap<>();
  private final Map<NetworkPort, Map<Integer, Echo>> byPort = new HashMap<>();
  private final EchoHost.Outcome outcome = new EchoHost.Outcome();
  private int last;
  private boolean told;

  /**
   * One that was sent.
   *
   * @param header the first eight bytes, as the guest has sent them
   */
  private record Echo(Neighbour guest, IpAddress peer, long header, long until) {}

  /**
   * @param notices told if the host permits none
   */
  EchoNat(UserGateway gateway, EchoHost host, Consumer<String> notices) {
    this.gateway = gateway;
    this.host = host;
    this.notices = notices;
    gateway.loop().atEnd(this::take);
  }

  /** Takes a guest's echo that is not for the gateway itself. */
  void input(IpPacket packet, Neighbour from) {
    if (gateway.settings().restrict()) {
      gateway.icmp().unreachable(packet, from, Unreachable.PROHIBITED);
      return;
    }
    EchoHost.Access access = host.open(packet.v4);
    Unreachable why =
        switch (access) {
          case OPEN -> send(packet, from);
          case FORBIDDEN -> Unreachable.PROHIBITED;
          case MISSING -> Unreachable.NETWORK;
        };
    if (access == EchoHost.Access.FORBIDDEN && !told) {
      told = true;
      notices.accept(
          "the host permits this user no echoes, so that a guest's ping to the outside is answered 'packet filtered': as an administrator, sysctl net.ipv4.ping_group_range='0 2147483647'");
    }
    if (why != null) {
      gateway.icmp().unreachable(packet, from, why);
    }
  }

  private Unreachable send(IpPacket packet, Neighbour from) {
    IpAddress peer = packet.targetAddress();
    int sequence = sequence();
    outcome.bytes.put(0, packet.bytes, packet.payload, packet.length);
    outcome.bytes.putShort(SEQUENCE, (short) sequence);
    Unreachable why = host.send(outcome.bytes, packet.length, peer, packet.hops - 1);
    if (why == null) {
      long header = packet.bytes.getLong(packet.payload);
      keep(sequence, new Echo(from, peer, header, gateway.loop().now() + PATIENCE));
    }
    return why;
  }

  /** One that no echo has which is still of account. */
  private int sequence() {
    do {
      last = (last + 1) % SEQUENCES;
    } while (bySequence.containsKey(last));
    return last;
  }

  private void keep(int sequence, Echo echo) {
    Map<Integer, Echo> own =
        byPort.computeIfAbsent(echo.guest.port(), port -> new LinkedHashMap<>());
    own.put(sequence, echo);
    bySequence.put(sequence, echo);
    Iterator<Map.Entry<Integer, Echo>> oldest = own.entrySet().iterator();
    while (own.size() > MOST) {
      int forgotten = oldest.next().getKey();
      oldest.remove();
      bySequence.remove(forgotten);
    }
  }

  /** Whether an answer may be there. */
  boolean waiting() {
    return host.ready();
  }

  /** Takes some of what has come. */
  private void take() {
    for (int n = 0; n < OUTCOMES_AT_ONCE && host.ready() && host.next(outcome); n++) {
      took();
    }
  }

  private void took() {
    if (outcome.length < HEADER) {
      return;
    }
    int sequence = outcome.bytes.getShort(SEQUENCE) & 0xffff;
    Echo echo = bySequence.get(sequence);
    boolean known =
        echo != null
            && gateway.loop().now() <= echo.until
            && (outcome.failed
                ? outcome.from.isV4() == echo.peer.isV4()
                : outcome.from.equals(echo.peer));
    if (!known) {
      return;
    }
    bySequence.remove(sequence);
    Echo ignored = byPort.get(echo.guest.port()).remove(sequence);
    if (!outcome.failed) {
      outcome.bytes.putInt(IDENTIFIER, (int) echo.header);
      gateway.icmp().answer(echo.guest, echo.peer, outcome.bytes, outcome.length);
    } else if (isTold(echo.peer.isV4(), outcome.type)) {
      fail(echo);
    }
  }

  private static boolean isTold(boolean v4, int type) {
    return v4
        ? type == UNREACHABLE_V4 || type == EXPIRED_V4
        : type >= UNREACHABLE_V6 && type <= MALFORMED_V6;
  }

  /** The host itself is known to guests as the gateway. */
  private void fail(Echo echo) {
    boolean v4 = echo.peer.isV4();
    IpAddress by = outcome.from;
    boolean ours =
        gateway.addresses().isInside(by.high(), by.low())
            || UserAddresses.isNowhere(by.high(), by.low());
    gateway
        .icmp()
        .failed(
            echo.guest,
            ours ? gateway.addresses().gateway(v4) : by,
            outcome.type << 8 | outcome.code & 0xff,
            outcome.info,
            echo.peer,
            echo.header);
  }

  /** A guest is gone. */
  void forget(NetworkPort port) {
    Map<Integer, Echo> own = byPort.remove(port);
    if (own != null) {
      own.keySet().forEach(bySequence::remove);
    }
  }

  void close() {
    host.close();
  }
}
