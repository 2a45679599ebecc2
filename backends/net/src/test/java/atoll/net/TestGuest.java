package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.NetBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetPort;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A guest at a port: sends the frames that a test makes, and shows those that come. */
final class TestGuest implements NetPort {
  static final int ADDRESS = 10 << 24 | 2 << 8 | 15;
  static final int GATEWAY = 10 << 24 | 2 << 8 | 2;
  static final int NAMES = GATEWAY + 1;
  private static final int EXPERIMENTS = 0x88b5;

  final NetworkPort port;
  final long mac;
  boolean offloads;
  boolean room = true;
  long charged;
  private final Deque<byte[]> sending = new ArrayDeque<>();
  volatile boolean linked;
  private final List<byte[]> received = new ArrayList<>();
  private int partial = -1;
  private int partialSize;

  TestGuest(NetworkPort port) {
    this.port = port;
    mac = port.mac();
    port.attach(this);
  }

  @Override
  public boolean next(NetFrame into) {
    byte[] bytes = sending.poll();
    if (bytes == null) {
      return false;
    }
    into.bytes().put(0, bytes);
    into.become(bytes.length);
    if (partial >= 0) {
      into.checksumMissing(partial, 16).segments(partialSize, false);
      partial = -1;
    }
    return true;
  }

  @Override
  public boolean receive(NetFrame frame) {
    if (!room) {
      return false;
    }
    if (!offloads) {
      assertThat(frame.checksumMissing()).isFalse();
      assertThat(frame.segmentSize()).isZero();
    }
    byte[] bytes = new byte[frame.length()];
    frame.bytes().get(0, bytes);
    received.add(bytes);
    return true;
  }

  @Override
  public boolean takesPartialChecksums() {
    return offloads;
  }

  @Override
  public boolean takesSegments(boolean ipv6) {
    return offloads;
  }

  @Override
  public void link(boolean up) {
    linked = up;
  }

  @Override
  public void charge(long nanos) {
    charged += nanos;
  }

  /** How many have come. */
  int waiting() {
    return received.size();
  }

  void send(byte[] frame) {
    sending.add(frame);
    ((NetBackend) port).ready();
  }

  /** Sends a TCP segment that the network has to cut, if anybody minds. */
  void sendUncut(byte[] frame, int size) {
    partial = 34;
    partialSize = size;
    send(frame);
  }

  void room(boolean yes) {
    room = yes;
    if (yes) {
      ((NetBackend) port).room();
    }
  }

  /** What has come since the last call. */
  List<byte[]> take() {
    List<byte[]> all = List.copyOf(received);
    received.clear();
    return all;
  }

  /** Takes the first that is like that out of what has come. */
  Optional<byte[]> find(Predicate<byte[]> like) {
    Optional<byte[]> found = received.stream().filter(like).findFirst();
    found.ifPresent(received::remove);
    return found;
  }

  // ------------------------------------------------------------ frames

  static byte[] ethernet(
      long target, long source, int type, int length, Consumer<ByteBuffer> fill) {
    ByteBuffer frame = ByteBuffer.allocate(14 + length);
    frame.putShort((short) (target >>> 32)).putInt((int) target);
    frame.putShort((short) (source >>> 32)).putInt((int) source);
    frame.putShort((short) type);
    fill.accept(frame);
    return frame.array();
  }

  /** A frame of a type for experiments, filled with a pattern. */
  static byte[] frame(long target, long source, int length) {
    return ethernet(
        target,
        source,
        EXPERIMENTS,
        length,
        bytes -> {
          while (bytes.hasRemaining()) {
            bytes.put((byte) bytes.position());
          }
        });
  }

  /** An echo of ICMP, filled with a pattern. */
  static byte[] echo(int identifierAndSequence, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + length);
    bytes.putInt(0x0800_0000).putInt(identifierAndSequence);
    while (bytes.hasRemaining()) {
      bytes.put((byte) bytes.position());
    }
    bytes.putShort(2, Checksum.of(Checksum.sum(bytes, 0, bytes.capacity())));
    return bytes.array();
  }

  /** A packet of IPv4 to the gateway's hardware address. */
  byte[] packet(int from, int to, int protocol, byte[] carried) {
    return ethernet(
        UserAddresses.MAC,
        mac,
        0x0800,
        20 + carried.length,
        frame -> {
          frame.putShort((short) 0x4500).putShort((short) (20 + carried.length));
          frame.putInt(0x1234_0000).putShort((short) (64 << 8 | protocol)).putShort((short) 0);
          frame.putInt(from).putInt(to).put(carried);
          frame.putShort(24, Checksum.of(Checksum.sum(frame, 14, 20)));
        });
  }

  static byte[] udp(int from, int to, int fromPort, int toPort, byte[] data) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + data.length);
    bytes.putShort((short) fromPort).putShort((short) toPort);
    bytes.putShort((short) bytes.capacity()).putShort((short) 0).put(data);
    bytes.putShort(6, Checksum.ofUdp(transport(bytes, from, to, IpPacket.UDP)));
    return bytes.array();
  }

  static byte[] tcp(
      int from,
      int to,
      int ports,
      int sequence,
      int acknowledged,
      int flags,
      int window,
      byte[] data) {
    boolean syn = (flags & TcpSegment.SYN) != 0;
    int header = syn ? 28 : 20;
    ByteBuffer bytes = ByteBuffer.allocate(header + data.length);
    bytes.putInt(ports).putInt(sequence).putInt(acknowledged);
    bytes.putShort((short) (header << 10 | flags)).putShort((short) window).putInt(0);
    if (syn) {
      bytes.putInt(0x0204_05b4).putInt(0x0103_0300); // MSS 1460, scale 0
    }
    bytes.put(data);
    bytes.putShort(16, Checksum.of(transport(bytes, from, to, IpPacket.TCP)));
    return bytes.array();
  }

  private static long transport(ByteBuffer bytes, int from, int to, int protocol) {
    return Checksum.pseudo(
            0, IpAddress.mapped(from), 0, IpAddress.mapped(to), protocol, bytes.capacity())
        + Checksum.sum(bytes, 0, bytes.capacity());
  }

  void sendUdp(int to, int fromPort, int toPort, byte[] data) {
    send(packet(ADDRESS, to, IpPacket.UDP, udp(ADDRESS, to, fromPort, toPort, data)));
  }
}
