package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A socket of Linux for echoes, as {@code ping(8)} has one: it needs no privilege where the host
 * permits it ({@code net.ipv4.ping_group_range}, {@code icmp(7)}). The kernel gives all that is
 * sent by it an identifier of its own, and computes checksums; only answers to those come back. For
 * one thread.
 */
public final class EchoSocket implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int DATAGRAM_NONBLOCKING_CLOEXEC = 0x8_0802;
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;

  // Levels and options of IPv4 and of IPv6, <linux/in.h>, <linux/in6.h>.
  private static final int SOL_IP = 0;
  private static final int IP_TTL = 2;
  private static final int IP_RECVERR = 11;
  private static final int SOL_IPV6 = 41;
  private static final int IPV6_UNICAST_HOPS = 16;
  private static final int IPV6_RECVERR = 25;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_ERRQUEUE = 0x2000;
  private static final int MSG_NOSIGNAL = 0x4000;

  // struct sockaddr_in and sockaddr_in6.
  private static final int ADDRESS_V4 = 4;
  private static final int SIZE_V4 = 16;
  private static final int ADDRESS_V6 = 8;
  private static final int SIZE_V6 = 28;

  // struct msghdr.
  private static final int MSGHDR = 56;
  private static final int NAME = 0;
  private static final int NAME_SIZE = 8;
  private static final int PIECES = 16;
  private static final int PIECES_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_SIZE = 40;

  // struct cmsghdr, and behind it struct sock_extended_err and an address, <linux/errqueue.h>.
  private static final int MOST_CONTROL = 512;
  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;
  private static final int ERROR_ORIGIN = 4;
  private static final int ERROR_TYPE = 5;
  private static final int ERROR_CODE = 6;
  private static final int ERROR_INFO = 8;
  private static final int ERROR_OFFENDER = 16;
  private static final int BY_ICMP = 2;
  private static final int BY_ICMPV6 = 3;

  private final boolean v4;
  private final MemorySegment state = SystemCall.newState();
  private final MemorySegment address = Arena.ofAuto().allocate(SIZE_V6, Long.BYTES);
  private final MemorySegment number = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
  private final MemorySegment header = Arena.ofAuto().allocate(MSGHDR, Long.BYTES);
  private final MemorySegment piece = Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES);
  private final MemorySegment control = Arena.ofAuto().allocate(MOST_CONTROL, Long.BYTES);
  private int descriptor;
  private int hops;

  /**
   * What the host tells of a message that did not arrive (RFC 792, RFC 4443).
   *
   * @param from who has said so
   * @param info bytes of the longest packet, of a packet that is too long
   * @param length bytes of the message that are known: its beginning
   */
  public record Failure(InetAddress from, int type, int code, int info, int length) {}

  private EchoSocket(boolean v4, int descriptor) {
    this.v4 = v4;
    this.descriptor = descriptor;
  }

  /**
   * Opens one.
   *
   * @param v4 for IPv4, or else IPv6
   * @throws FileError {@link FileCalls#EACCES} if the host does not permit it; others if it has
   *     none
   */
  public static EchoSocket open(boolean v4) throws FileError {
    if (!SystemCall.available()) {
      throw new FileError(FileCalls.EOPNOTSUPP);
    }
    int made =
        (int)
            SystemCall.SOCKET.call(
                SystemCall.newState(),
                v4 ? AF_INET : AF_INET6,
                DATAGRAM_NONBLOCKING_CLOEXEC,
                v4 ? ICMP : ICMPV6,
                0,
                0);
    EchoSocket socket = new EchoSocket(v4, made);
    try {
      socket.set(v4 ? IP_RECVERR : IPV6_RECVERR, 1);
      return socket;
    } catch (FileError e) {
      socket.close();
      throw e;
    }
  }

  private void set(int option, int value) throws FileError {
    number.set(ValueLayout.JAVA_INT, 0, value);
    SystemCall.SETSOCKOPT.call(
        state, descriptor, v4 ? SOL_IP : SOL_IPV6, option, number.address(), Integer.BYTES);
  }

  /** For {@link DescriptorPoll}. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Sends a message, whose identifier and checksum are of no account.
   *
   * @param message native memory that begins with the header of ICMP
   * @param to an address of the socket's family
   * @param most routers that it may pass, and one
   * @throws FileError if the host refuses it
   */
  public void send(MemorySegment message, int length, InetAddress to, int most) throws FileError {
    if (most != hops) {
      set(v4 ? IP_TTL : IPV6_UNICAST_HOPS, most);
      hops = most;
    }
    address.fill((byte) 0);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) (v4 ? AF_INET : AF_INET6));
    byte[] bytes = to.getAddress();
    MemorySegment.copy(
        bytes, 0, address, ValueLayout.JAVA_BYTE, v4 ? ADDRESS_V4 : ADDRESS_V6, bytes.length);
    try {
      sendOnce(message, length);
    } catch (FileError e) {
      sendOnce(message, length); // The first may have told of an earlier message.
    }
  }

  private void sendOnce(MemorySegment message, int length) throws FileError {
    try {
      SystemCall.SENDTO.call(
          state,
          descriptor,
          message.address(),
          length,
          MSG_DONTWAIT | MSG_NOSIGNAL,
          address.address(),
          v4 ? SIZE_V4 : SIZE_V6);
    } finally {
      Reference.reachabilityFence(message);
    }
  }

  /**
   * Takes the next answer.
   *
   * @return its bytes, or 0 if there is none now; {@link #sender} says from whom
   */
  public int receive(MemorySegment into) {
    try {
      return move(into, MSG_DONTWAIT);
    } catch (FileError e) {
      return 0; // Or it tells of a failure, which has its own queue.
    }
  }

  /** Who has sent what was {@linkplain #receive received}. */
  public InetAddress sender() {
    return inet(address);
  }

  private InetAddress inet(MemorySegment socket) {
    byte[] bytes =
        socket
            .asSlice(v4 ? ADDRESS_V4 : ADDRESS_V6, v4 ? Integer.BYTES : 2 * Long.BYTES)
            .toArray(ValueLayout.JAVA_BYTE);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of 4 or 16 bytes is one", e);
    }
  }

  /**
   * Takes the next failure that a router or another host has told of; null if there is none now.
   *
   * @param into gets the beginning of the message that has failed
   */
  public Failure failure(MemorySegment into) {
    try {
      while (true) {
        int length = move(into, MSG_DONTWAIT | MSG_ERRQUEUE);
        if (told()) {
          return describe(length);
        }
      }
    } catch (FileError e) {
      return null;
    }
  }

  /** Whether what was taken is somebody else's word, and not the host's own. */
  private boolean told() {
    int level = control.get(ValueLayout.JAVA_INT, CMSG_LEVEL);
    int type = control.get(ValueLayout.JAVA_INT, CMSG_TYPE);
    int origin = control.get(ValueLayout.JAVA_BYTE, CMSG_DATA + ERROR_ORIGIN);
    return header.get(ValueLayout.JAVA_LONG, CONTROL_SIZE)
            >= CMSG_DATA + ERROR_OFFENDER + (v4 ? SIZE_V4 : SIZE_V6)
        && level == (v4 ? SOL_IP : SOL_IPV6)
        && type == (v4 ? IP_RECVERR : IPV6_RECVERR)
        && origin == (v4 ? BY_ICMP : BY_ICMPV6);
  }

  private Failure describe(int length) {
    return new Failure(
        inet(control.asSlice(CMSG_DATA + ERROR_OFFENDER)),
        control.get(ValueLayout.JAVA_BYTE, CMSG_DATA + ERROR_TYPE) & 0xff,
        control.get(ValueLayout.JAVA_BYTE, CMSG_DATA + ERROR_CODE) & 0xff,
        control.get(ValueLayout.JAVA_INT, CMSG_DATA + ERROR_INFO),
        length);
  }

  private int move(MemorySegment into, int flags) throws FileError {
    piece.set(ValueLayout.JAVA_LONG, 0, into.address());
    piece.set(ValueLayout.JAVA_LONG, Long.BYTES, into.byteSize());
    header.set(ValueLayout.JAVA_LONG, NAME, address.address());
    header.set(ValueLayout.JAVA_LONG, NAME_SIZE, address.byteSize());
    header.set(ValueLayout.JAVA_LONG, PIECES, piece.address());
    header.set(ValueLayout.JAVA_LONG, PIECES_COUNT, 1);
    header.set(ValueLayout.JAVA_LONG, CONTROL, control.address());
    header.set(ValueLayout.JAVA_LONG, CONTROL_SIZE, MOST_CONTROL);
    try {
      return (int) SystemCall.RECVMSG.call(state, descriptor, header.address(), flags, 0, 0);
    } finally {
      Reference.reachabilityFence(into);
    }
  }

  @Override
  public void close() {
    if (descriptor != DescriptorPoll.NONE) {
      SystemCall.close(state, descriptor);
      descriptor = DescriptorPoll.NONE;
    }
  }
}
