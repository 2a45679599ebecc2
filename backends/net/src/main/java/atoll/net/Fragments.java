package atoll.net;

import atoll.device.spi.NetFrame;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Puts packets together that come in parts, and cuts those that are too long (RFC 791, §3.2; RFC
 * 8200, §4.5). Few of each guest are under way at a time, and what is not whole soon is forgotten.
 */
final class Fragments {
  /** Packets in parts of a guest. */
  private static final int MOST = 8;

  private static final long LIFETIME = 15_000_000_000L;
  private static final int UNIT = 8;
  private static final int MOST_PAYLOAD = 65_535;
  private static final int V6_HEADER = 8;
  private static final int V6_FRAGMENT = 44;
  private static final int MORE_V4 = 0x2000;

  private final UserGateway gateway;
  private final Map<Key, Parts> parts = new LinkedHashMap<>();

  /** Null before the first packet in parts, which most networks never see. */
  private NetFrame whole;

  /** The same for one that is cut. */
  private NetFrame piece;

  private final IpPacket packet = new IpPacket();

  private record Key(NetworkPort port, IpAddress source, IpAddress target, int protocol, int id) {}

  /** What is there of a packet. */
  private static final class Parts {
    private final long until;
    private final ByteBuffer bytes = ByteBuffer.allocate(MOST_PAYLOAD + UNIT);
    private final BitSet units = new BitSet();
    private int length = -1;

    private Parts(long until) {
      this.until = until;
    }

    /** Adds a part; false if the parts cannot be of one packet. */
    private boolean add(IpPacket part) {
      int from = part.fragmentOffset;
      int end = from + part.length;
      boolean odd = part.moreFragments && part.length % UNIT != 0;
      if (odd || part.length == 0 || end > MOST_PAYLOAD || length >= 0 && end > length) {
        return false;
      }
      int first = from / UNIT;
      int last = (end + UNIT - 1) / UNIT;
      if (units.get(first, last).cardinality() != 0) {
        return false; // RFC 5722: what overlaps is an attack.
      }
      units.set(first, last);
      bytes.put(from, part.bytes, part.payload, part.length);
      if (!part.moreFragments) {
        length = end;
        return units.length() <= last;
      }
      return true;
    }

    private boolean complete() {
      return length >= 0 && units.cardinality() == (length + UNIT - 1) / UNIT;
    }
  }

  Fragments(UserGateway gateway) {
    this.gateway = gateway;
  }

  /** Takes a part of a packet; what is whole by it goes on. */
  void input(IpPacket part, Neighbour from) {
    forgetOld();
    Key key =
        new Key(
            from.port(),
            part.sourceAddress(),
            part.targetAddress(),
            part.protocol,
            part.fragmentId);
    Parts known = parts.computeIfAbsent(key, none -> new Parts(gateway.loop().now() + LIFETIME));
    boolean good = known.add(part);
    if (!good || known.complete()) {
      Parts ignored = parts.remove(key);
    }
    if (good && known.complete()) {
      assemble(part, known);
      if (packet.read(whole)) {
        gateway.route(packet, from);
      }
    } else {
      forgetOldest(from.port());
    }
  }

  private void forgetOldest(NetworkPort port) {
    List<Key> own = parts.keySet().stream().filter(key -> key.port == port).toList();
    if (own.size() > MOST) {
      Parts ignored = parts.remove(own.getFirst());
    }
  }

  private void forgetOld() {
    if (!parts.isEmpty()) {
      parts.values().removeIf(old -> old.until < gateway.loop().now());
    }
  }

  private void assemble(IpPacket part, Parts all) {
    int header = part.v4 ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER;
    int at = IpPacket.ETHERNET;
    int length = Math.min(all.length, MOST_PAYLOAD - (part.v4 ? header : 0));
    whole = whole != null ? whole : new NetFrame();
    ByteBuffer bytes = whole.bytes();
    bytes.put(0, part.bytes, 0, at + header);
    bytes.put(at + header, all.bytes, 0, length);
    if (part.v4) {
      bytes.putShort(at, (short) (0x45 << 8));
      bytes.putShort(at + 2, (short) (header + length));
      bytes.putShort(at + 6, (short) 0);
      bytes.putShort(at + 10, (short) 0);
      bytes.putShort(at + 10, Checksum.of(Checksum.sum(bytes, at, header)));
    } else {
      bytes.putShort(at + 4, (short) length);
      bytes.put(at + 6, (byte) part.protocol);
    }
    NetFrame ignored = whole.become(at + header + length);
  }

  /** Cuts one of the gateway's own packets, which has no options. */
  void cut(NetFrame frame, Consumer<NetFrame> to) {
    boolean v4 = (frame.bytes().getShort(IpPacket.ETHERTYPE) & 0xffff) == IpPacket.IPV4;
    int header = v4 ? IpPacket.IPV4_HEADER : IpPacket.IPV6_HEADER + V6_HEADER;
    int from = IpPacket.ETHERNET + (v4 ? header : IpPacket.IPV6_HEADER);
    int most = (gateway.mtu() - header) / UNIT * UNIT;
    int id = gateway.random();
    piece = piece != null ? piece : new NetFrame();
    for (int at = from; at < frame.length(); at += most) {
      int part = Math.min(most, frame.length() - at);
      boolean more = at + part < frame.length();
      piece.bytes().put(0, frame.bytes(), 0, from);
      if (v4) {
        headerV4(part, (at - from) / UNIT | (more ? MORE_V4 : 0));
      } else {
        headerV6(part, at - from | (more ? 1 : 0), id);
      }
      int data = IpPacket.ETHERNET + header;
      piece.bytes().put(data, frame.bytes(), at, part);
      to.accept(piece.become(data + part));
    }
  }

  private void headerV4(int part, int place) {
    int at = IpPacket.ETHERNET;
    ByteBuffer bytes = piece.bytes();
    bytes.putShort(at + 2, (short) (IpPacket.IPV4_HEADER + part));
    bytes.putShort(at + 6, (short) place);
    bytes.putShort(at + 10, (short) 0);
    bytes.putShort(at + 10, Checksum.of(Checksum.sum(bytes, at, IpPacket.IPV4_HEADER)));
  }

  private void headerV6(int part, int place, int id) {
    int at = IpPacket.ETHERNET;
    ByteBuffer bytes = piece.bytes();
    int carried = bytes.get(at + 6);
    bytes.putShort(at + 4, (short) (V6_HEADER + part));
    bytes.put(at + 6, (byte) V6_FRAGMENT);
    int extension = at + IpPacket.IPV6_HEADER;
    bytes.putInt(extension, carried << 24 | place & 0xffff).putInt(extension + 4, id);
  }
}
