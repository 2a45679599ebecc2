package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A network interface of the host whose cable ends in this process (Linux's TAP: {@code
 * Documentation/networking/tuntap.rst}). Before each frame stands a header of virtio, by which the
 * host leaves checksums and the cutting of long TCP segments to who takes the frame, and the other
 * way round. For one thread.
 */
public final class TapInterface implements AutoCloseable {
  /** What a name looks like, for messages. */
  public static final String NAMES =
      "up to 15 letters, digits and signs, but no blank, slash, colon, comma or percent sign";

  /** Bytes of the header: {@code struct virtio_net_hdr}, little-endian. */
  public static final int HEADER = 10;

  /** What {@link #read} returns if the interface is there no longer. */
  public static final int GONE = -1;

  private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[!-~&&[^/:,%]]{1,15}");
  private static final int MOST_NAME = 16; // with a zero behind it
  private static final int USUAL_MTU = 1_500;

  private static final int AT_FDCWD = -100;
  private static final int READ_WRITE_NONBLOCKING_CLOEXEC = 0x8_0802;
  private static final int AF_UNIX = 1; // Any socket does for calls on interfaces.
  private static final int DATAGRAM_CLOEXEC = 0x8_0002;

  // <linux/if_tun.h>
  private static final long TUNSETIFF = 0x4004_54ca;
  private static final long TUNSETOFFLOAD = 0x4004_54d0;
  private static final long TUNSETVNETHDRSZ = 0x4004_54d8;
  private static final long TUNSETVNETLE = 0x4004_54dc;
  private static final int FRAMES_WITH_HEADERS = 0x2 | 0x1000 | 0x4000; // TAP, NO_PI, VNET_HDR
  private static final int SEVERAL_QUEUES = 0x100;
  private static final int OFFLOADS = 1 | 2 | 4; // CSUM, TSO4, TSO6

  // <linux/sockios.h>, <net/if.h>
  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final long SIOCGIFMTU = 0x8921;
  private static final long SIOCSIFMTU = 0x8922;
  private static final int IFREQ = 40; // struct ifreq: the name, and a value
  private static final int VALUE = 16;
  private static final int UP = 1;

  private static final int EINTR = 4;
  private static final int ENXIO = 6;
  private static final int EAGAIN = 11;
  private static final int EBUSY = 16;
  private static final int ENODEV = 19;

  private final MemorySegment state = SystemCall.newState();
  private final MemorySegment request = Arena.ofAuto().allocate(IFREQ, Long.BYTES);
  private final MemorySegment pieces = Arena.ofAuto().allocate(4 * Long.BYTES, Long.BYTES);
  private int descriptor;
  private int control = DescriptorPoll.NONE;
  private String name = "";
  private boolean made;
  private boolean up;
  private int mtu;

  /**
   * Takes an interface that is there and may be used, or makes one, which goes with this process.
   * One that it makes is up; others are as their owner has them.
   *
   * @param wanted its name; without, the host chooses one
   * @param mtu bytes of the longest packet, of one that is made
   * @throws HostException if there is none to be had; says what to do about it
   */
  public TapInterface(Optional<String> wanted, int mtu) {
    if (!SystemCall.available()) {
      throw new HostException("this host has no TAP interfaces, which are Linux's");
    }
    descriptor = openClone();
    try {
      control = (int) SystemCall.SOCKET.call(state, AF_UNIX, DATAGRAM_CLOEXEC, 0, 0, 0);
      attach(wanted);
      if (made) {
        setUp(mtu);
      }
      look();
    } catch (FileError e) {
      close();
      throw new HostException("the host refuses the interface %s: %s".formatted(name, e), e);
    } catch (HostException e) {
      close();
      throw e;
    }
    SystemCall.close(state, control);
    control = DescriptorPoll.NONE;
  }

  /** Whether an interface can have that name. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private int openClone() {
    try (Arena arena = Arena.ofConfined()) {
      long path = arena.allocateFrom("/dev/net/tun").address();
      return (int)
          SystemCall.OPENAT.call(state, AT_FDCWD, path, READ_WRITE_NONBLOCKING_CLOEXEC, 0, 0);
    } catch (FileError e) {
      throw new HostException(
          switch (e.number()) {
            case FileCalls.ENOENT, ENODEV, ENXIO ->
                "the host has no /dev/net/tun: load its module with 'modprobe tun'; a container has to be given the device";
            case FileCalls.EACCES, FileCalls.EPERM ->
                "/dev/net/tun may not be opened: permission denied; let this user read and write it";
            default -> "/dev/net/tun cannot be opened: " + e.getMessage();
          },
          e);
    }
  }

  private void attach(Optional<String> wanted) throws FileError {
    wanted.ifPresent(text -> name = text);
    boolean there = wanted.isPresent() && exists();
    try {
      try {
        attach(FRAMES_WITH_HEADERS);
      } catch (FileError e) {
        if (e.number() != FileCalls.EINVAL || !there) {
          throw e;
        }
        attach(FRAMES_WITH_HEADERS | SEVERAL_QUEUES); // Perhaps it was made for several.
      }
    } catch (FileError e) {
      throw new HostException(refusal(e, wanted, there), e);
    }
    made = !there;
    // An interface that stays keeps what an earlier program has set.
    set(TUNSETVNETHDRSZ, HEADER);
    set(TUNSETVNETLE, 1);
    SystemCall.IOCTL.call(state, descriptor, TUNSETOFFLOAD, OFFLOADS, 0, 0);
  }

  private boolean exists() {
    try {
      call(SIOCGIFFLAGS);
      return true;
    } catch (FileError e) {
      return false;
    }
  }

  private void attach(int flags) throws FileError {
    named().set(ValueLayout.JAVA_SHORT, VALUE, (short) flags);
    SystemCall.IOCTL.call(state, descriptor, TUNSETIFF, request.address(), 0, 0);
    name = request.getString(0, StandardCharsets.US_ASCII);
  }

  private static String refusal(FileError e, Optional<String> wanted, boolean there) {
    String user = System.getProperty("user.name");
    String own = wanted.orElse("tap0");
    String make = "'ip tuntap add dev %s mode tap user %s'".formatted(own, user);
    return switch (e.number()) {
      case FileCalls.EPERM, FileCalls.EACCES ->
          there
              ? "the interface %s is not this user's: as an administrator, remove it and make it again by %s"
                  .formatted(own, make)
              : "this user may not make the interface%s: as an administrator, make one by %s and 'ip link set %s up'%s"
                  .formatted(
                      wanted.map(" "::concat).orElse(""),
                      make,
                      own,
                      wanted.isPresent() ? "" : ", and give its name");
      case EBUSY ->
          "the interface %s is in use already; choose another, or end the program that has it"
              .formatted(own);
      case FileCalls.EINVAL ->
          there
              ? "%s is an interface of the host, but no TAP; choose another name".formatted(own)
              : "the host takes no interface of the name %s".formatted(own);
      default -> "the host gives no interface %s: %s".formatted(own, e.getMessage());
    };
  }

  private void setUp(int wanted) throws FileError {
    if (wanted != USUAL_MTU) {
      named().set(ValueLayout.JAVA_INT, VALUE, wanted);
      ioctl(SIOCSIFMTU);
    }
    int flags = call(SIOCGIFFLAGS).get(ValueLayout.JAVA_SHORT, VALUE);
    named().set(ValueLayout.JAVA_SHORT, VALUE, (short) (flags | UP));
    ioctl(SIOCSIFFLAGS);
  }

  private void look() throws FileError {
    up = (call(SIOCGIFFLAGS).get(ValueLayout.JAVA_SHORT, VALUE) & UP) != 0;
    mtu = call(SIOCGIFMTU).get(ValueLayout.JAVA_INT, VALUE);
  }

  /** The request about this interface, without a value yet. */
  private MemorySegment named() {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    request.fill((byte) 0);
    MemorySegment.copy(
        bytes, 0, request, ValueLayout.JAVA_BYTE, 0, Math.min(bytes.length, MOST_NAME - 1));
    return request;
  }

  private MemorySegment call(long what) throws FileError {
    named();
    ioctl(what);
    return request;
  }

  private void ioctl(long what) throws FileError {
    SystemCall.IOCTL.call(state, control, what, request.address(), 0, 0);
  }

  private void set(long what, int value) throws FileError {
    pieces.set(ValueLayout.JAVA_INT, 0, value);
    SystemCall.IOCTL.call(state, descriptor, what, pieces.address(), 0, 0);
  }

  /** What the host calls it. */
  public String name() {
    return name;
  }

  /** Whether this process has made it, and it goes with it. */
  public boolean made() {
    return made;
  }

  /** Whether it was up at the beginning: others neither give nor take frames. */
  public boolean up() {
    return up;
  }

  /** Bytes of the longest packet that the host sent by it at the beginning. */
  public int mtu() {
    return mtu;
  }

  /** For {@link DescriptorPoll}. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Takes the next frame that the host sends, without waiting for one.
   *
   * @param header native memory of {@link #HEADER} bytes
   * @param frame native memory for the frame
   * @return its bytes, 0 if there is none now, or {@link #GONE}
   */
  public int read(MemorySegment header, MemorySegment frame) {
    try {
      return (int) Math.max(0, move(SystemCall.READV, header, frame, frame.byteSize()) - HEADER);
    } catch (FileError e) {
      return e.number() == EAGAIN || e.number() == EINTR ? 0 : GONE;
    }
  }

  /**
   * Gives the host a frame of so many bytes.
   *
   * @return whether it takes it: one that is down takes none, nor does one that is gone
   */
  public boolean write(MemorySegment header, MemorySegment frame, int length) {
    try {
      return move(SystemCall.WRITEV, header, frame, length) > 0;
    } catch (FileError e) {
      return false;
    }
  }

  private long move(SystemCall how, MemorySegment header, MemorySegment frame, long length)
      throws FileError {
    // Two struct iovec: address, length.
    pieces.set(ValueLayout.JAVA_LONG, 0, header.address());
    pieces.set(ValueLayout.JAVA_LONG, 8, HEADER);
    pieces.set(ValueLayout.JAVA_LONG, 16, frame.address());
    pieces.set(ValueLayout.JAVA_LONG, 24, length);
    try {
      return how.call(state, descriptor, pieces.address(), 2, 0, 0);
    } finally {
      Reference.reachabilityFence(header);
      Reference.reachabilityFence(frame);
    }
  }

  /** Lets it go; one that this has made is gone then. */
  @Override
  public void close() {
    if (control != DescriptorPoll.NONE) {
      SystemCall.close(state, control);
      control = DescriptorPoll.NONE;
    }
    if (descriptor != DescriptorPoll.NONE) {
      SystemCall.close(state, descriptor);
      descriptor = DescriptorPoll.NONE;
    }
  }
}
